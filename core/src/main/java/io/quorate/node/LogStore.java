package io.quorate.node;

import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.LogPosition;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The durable log, with identity and hard state of the member. All calls block; for one thread at a
 * time. After an IOException from a write the member must stop, and the write must not be repeated:
 * after a failed fsync, pages may be lost although the next one succeeds.
 */
public interface LogStore extends AutoCloseable {

  /** The member that the log belongs to; written once when the log is created. */
  record Identity(long clusterId, long memberId) {}

  /** What {@link #recover} has found. Damage is never repaired silently. */
  sealed interface Recovered permits Fresh, Existing, Damaged {}

  /** There was no log: {@link #create} must be called before anything else. */
  record Fresh() implements Recovered {}

  /**
   * @param start position before the first of {@code entries}
   * @param entries all of the log, without a gap
   */
  record Existing(Identity identity, HardState hardState, LogPosition start, List<Entry> entries)
      implements Recovered {}

  /**
   * @param what names file, row and reason in one line
   */
  record Damaged(String what) implements Recovered {}

  Recovered recover() throws IOException;

  void create(Identity identity) throws IOException;

  /**
   * One group commit: when this returns, all of it is durable (fsync has returned).
   *
   * @param writes in the order in which they were queued
   */
  void write(List<Write> writes) throws IOException;

  /**
   * The write of one turn. Its parts take effect in this order: {@code resetTo} (drops the whole
   * log, which then starts after that position), entries (those from the first one's index on are
   * replaced), hard state.
   *
   * @param hardState null if unchanged
   * @param resetTo null, or where the log starts over after a snapshot was installed
   */
  record Write(@Nullable HardState hardState, List<Entry> entries, @Nullable LogPosition resetTo) {}

  /** Removes the entries up to and including {@code upTo}; need not be durable on return. */
  void truncatePrefix(LogPosition upTo) throws IOException;

  /**
   * Housekeeping that must not delay a write, such as a checkpoint; may take as long as a few large
   * writes. Called by the thread that writes, after the success of the write has been reported.
   */
  default void maintain() throws IOException {}

  /** Size on the disk in bytes. */
  long sizeBytes();

  @Override
  void close();
}
