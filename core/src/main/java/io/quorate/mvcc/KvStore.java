package io.quorate.mvcc;

import io.quorate.command.Command;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** etcd's multi-version key-value store; the seam, implementation to come. */
public final class KvStore {

  /**
   * @param reader what is on the disk
   * @param cacheBytes bound on values kept in memory beside the pinned ones
   */
  public KvStore(RecordReader reader, long cacheBytes) {
    throw new IllegalStateException("seam");
  }

  /**
   * Builds the index from the disk. Before anything else, once.
   *
   * @param revision the newest revision (1 for an empty store); not derivable from records alone,
   *     as the newest may have been a compacted tombstone
   * @param compactRevision -1 if never compacted
   * @param nextRecordId id the next record gets
   */
  public void load(long revision, long compactRevision, long nextRecordId) {}

  // ---- any thread

  /** The newest revision; 1 for an empty store. */
  public long revision() {
    throw new IllegalStateException("seam");
  }

  /** -1 if never compacted. */
  public long compactRevision() {
    throw new IllegalStateException("seam");
  }

  public long nextRecordId() {
    throw new IllegalStateException("seam");
  }

  /** Number of live keys. */
  public long keyCount() {
    throw new IllegalStateException("seam");
  }

  /** Reads; may block on the disk for values that are not in memory. */
  public Result.Ranged range(Command.Range range) {
    throw new IllegalStateException("seam");
  }

  /** Reads, or null if that would have to touch the disk. Never blocks: fit for an event loop. */
  public Result.@Nullable Ranged rangeFromMemory(Command.Range range) {
    throw new IllegalStateException("seam");
  }

  /**
   * The pair of {@code key} as it was at {@code revision}, null if not alive then or that revision
   * is compacted. May block on the disk.
   */
  public @Nullable KeyValue at(io.quorate.command.Bytes key, long revision) {
    throw new IllegalStateException("seam");
  }

  /**
   * Changes with {@code fromRevision <= main <= toRevision} in order, at most {@code maxRevisions}
   * distinct revisions and never part of one. May block on the disk.
   *
   * @throws io.quorate.command.EtcdException COMPACTED if {@code fromRevision} is below the
   *     compacted revision
   */
  public List<Record> history(long fromRevision, long toRevision, int maxRevisions) {
    throw new IllegalStateException("seam");
  }

  /**
   * etcd's HashKV: CRC-32C over all stored records up to {@code revision}, in etcd's own encoding
   * (so that it can be compared with etcd's). Blocks; needs everything up to {@code revision}
   * flushed, else IllegalStateException.
   *
   * @param revision 0 for the newest
   */
  public KvHash hash(long revision) {
    throw new IllegalStateException("seam");
  }

  /** Answer of {@link #hash}. */
  public record KvHash(int hash, long compactRevision, long hashRevision) {}

  // ---- apply thread

  public WriteTxn begin() {
    throw new IllegalStateException("seam");
  }

  /**
   * Makes {@code revision} the oldest readable one, at once and on the index only; the records it
   * frees come out of {@link #sweep}.
   *
   * @throws io.quorate.command.EtcdException COMPACTED or FUTURE_REV
   */
  public void compact(long revision) {}

  /**
   * Removes at most {@code maxKeys} keys' worth of compacted history from the index.
   *
   * @return ids of the records that are dead now, to be deleted from the disk
   */
  public List<Long> sweep(int maxKeys) {
    throw new IllegalStateException("seam");
  }

  /** True while {@link #sweep} has something left to do. */
  public boolean sweeping() {
    throw new IllegalStateException("seam");
  }

  /** Records up to and with this id are on the disk and need not be pinned any more. */
  public void flushed(long recordId) {}
}
