package io.quorate.node;

import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.LogPosition;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The durable log with what else a member must not forget. Blocking, one thread. Any IOException
 * from a write means: stop the member, never retry (a failed fsync may have lost pages for good).
 */
public interface LogStore extends AutoCloseable {

  /** Who this log belongs to; written once when the log is created. */
  record Identity(long clusterId, long memberId) {}

  /** What opening found. Damage is never repaired silently. */
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
   * One group commit: all of it is durable (fsync returned) when this returns, or it throws.
   *
   * @param writes in the order they were asked for
   */
  void write(List<Write> writes) throws IOException;

  /**
   * One turn's write. Applied in the order: snapshot (drops the whole log, which then starts at its
   * position), entries (a first index at or below the last one truncates), hard state.
   *
   * @param hardState null if unchanged
   * @param resetTo null, or where the log starts over after a snapshot was installed
   */
  record Write(@Nullable HardState hardState, List<Entry> entries, @Nullable LogPosition resetTo) {}

  /** Drops the entries up to and with {@code upTo}; need not be durable when it returns. */
  void truncatePrefix(LogPosition upTo) throws IOException;

  /**
   * Housekeeping that must not delay a write, such as a checkpoint; bounded, may take as long as a
   * few large writes. For the thread that writes, after the write's success has been told on.
   */
  default void maintain() throws IOException {}

  /** Size on the disk in bytes. */
  long sizeBytes();

  @Override
  void close();
}
