package io.quorate.apply;

import io.quorate.auth.AuthState;
import io.quorate.command.FeatureLevel;
import io.quorate.command.Member;
import io.quorate.mvcc.Record;
import io.quorate.mvcc.RecordReader;
import io.quorate.raft.ConfState;
import io.quorate.raft.LogPosition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The durable form of the state machine. {@link #commit} and {@link #replaceWith} are called by one
 * thread; reads may come from others at the same time. All calls block.
 */
public interface StateStore extends RecordReader, AutoCloseable {

  /**
   * What an opened store holds besides its records. For an empty store these are the defaults of a
   * {@link StateBatch}.
   *
   * @param leases granted TTL in milliseconds by lease id
   * @param featureLevel the {@link FeatureLevel} in force
   */
  record Loaded(
      LogPosition applied,
      ConfState conf,
      long revision,
      long compactRevision,
      long nextRecordId,
      Map<Long, Long> leases,
      List<Member> members,
      Set<Long> removedMembers,
      Set<StateBatch.AlarmKey> alarms,
      int featureLevel,
      AuthState auth) {

    public MemberTable memberTable() {
      return MemberTable.of(members, removedMembers);
    }
  }

  Loaded load();

  /**
   * Writes the batch and its applied index in one transaction: all of it survives a crash of the
   * process, or nothing. A power cut may lose the newest batches, never a part of one.
   *
   * @throws IOException the member must stop, as nobody knows any more what is on the disk
   */
  void commit(StateBatch batch) throws IOException;

  /** Applied position that would survive even a power cut; the log is cut only below it. */
  LogPosition synced();

  /**
   * Makes all that has been committed survive a power cut too.
   *
   * @return {@link #synced()} afterwards
   */
  LogPosition sync() throws IOException;

  /**
   * Writes a consistent copy of all that is committed into {@code file}, which must not exist.
   *
   * @throws DamagedStateException this store is damaged: the member must stop
   * @throws IOException no copy was made, and the store is as before
   */
  void export(Path file) throws IOException;

  /** All that is committed, as of one moment. */
  interface View {
    Loaded loaded();

    /**
     * All records in ascending order.
     *
     * @throws IOException what {@code visitor} has thrown, or they cannot be read
     */
    void forEachRecord(RecordVisitor visitor) throws IOException;
  }

  /** Takes in a record. */
  @FunctionalInterface
  interface RecordVisitor {
    void visit(Record record) throws IOException;
  }

  /** Uses a view, which ends with it. */
  @FunctionalInterface
  interface ViewUse {
    void use(View view) throws IOException;
  }

  /**
   * Shows all that is committed; commits go on meanwhile, while {@link #replaceWith} and {@link
   * #close} wait for the end of it.
   *
   * @throws DamagedStateException this store is damaged: the member must stop
   * @throws IOException what {@code use} has thrown, or the store cannot be read
   */
  void view(ViewUse use) throws IOException;

  /**
   * What the copy in {@code file} holds, all of which is read and checked. To be called by the
   * thread that writes.
   *
   * @throws IOException also if {@code file} is not what {@link #export} writes
   */
  Loaded check(Path file) throws IOException;

  /**
   * Replaces everything with the copy in {@code file} (which is consumed), atomically: after a
   * crash the store is either the old or the new one. The copy is checked first, unless it is the
   * one that {@link #check} has read last.
   *
   * @throws IOException also if {@code file} is not what {@link #export} writes; then nothing
   *     changed
   */
  Loaded replaceWith(Path file) throws IOException;

  /** Size on the disk in bytes. */
  long sizeBytes();

  /** Part of {@link #sizeBytes()} that holds data. */
  long sizeInUseBytes();

  /** Part of {@link #sizeBytes()} that {@link #vacuum} can give back to the disk. */
  long freeBytes();

  /**
   * Gives some of the free space back to the disk, in one short transaction. A crash before, in or
   * after it changes nothing of what is stored.
   *
   * @param maxBytes most bytes to give back
   * @param keepBytes free bytes that stay; once there are no more than these, the space of the
   *     write-ahead log is given back, too
   * @return bytes that were given back; 0 if that is not possible for now
   * @throws IOException the member must stop, as nobody knows any more what is on the disk
   */
  long vacuum(long maxBytes, long keepBytes) throws IOException;

  /** Free space on the disk, in bytes. */
  long usableBytes();

  @Override
  void close();
}
