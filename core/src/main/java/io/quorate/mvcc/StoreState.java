package io.quorate.mvcc;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.quorate.command.Bytes;
import io.quorate.command.EtcdError;
import io.quorate.command.KeyValue;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * Everything a store holds in memory; replaced as a whole when a snapshot replaces the state. One
 * writer, any number of readers. Invariants:
 *
 * <ol>
 *   <li>The index may hold changes above {@link #revision}; readers take the revision first and
 *       pass over what is newer, so they see all of a transaction or nothing.
 *   <li>{@link #compactRevision} rises before anything below it leaves the index: a reader that
 *       finds it unchanged afterwards has missed nothing.
 *   <li>A record is pinned before its revision is published, and cached before it is released.
 * </ol>
 */
final class StoreState {
  /** What an entry of the cache costs beside its value, roughly. */
  static final int CACHE_ENTRY_BYTES = 128;

  /** What a record has beside key and value. */
  private static final int RECORD_BYTES = 64;

  final ConcurrentNavigableMap<Bytes, KeyHistory> index = new ConcurrentSkipListMap<>();
  final PinnedRecords pinned;
  final OpenReads openReads = new OpenReads();
  final Cache<Long, Bytes> cache;

  volatile long revision;
  volatile long compactRevision;
  volatile long nextRecordId;
  volatile long keyCount;

  /** Every record of a revision up to this one is on the disk. */
  volatile long flushedRevision;

  StoreState(long revision, long compactRevision, long nextRecordId, long cacheBytes) {
    this.revision = revision;
    this.compactRevision = compactRevision;
    this.nextRecordId = nextRecordId;
    this.flushedRevision = revision;
    this.pinned = new PinnedRecords(nextRecordId);
    this.cache =
        Caffeine.newBuilder()
            .maximumWeight(cacheBytes)
            .weigher((Long id, Bytes value) -> value.length() + CACHE_ENTRY_BYTES)
            .executor(Runnable::run)
            .build();
  }

  /** What the records in the index take, roughly. Apply thread. */
  long liveBytes;

  /** What a record takes on the disk, roughly. */
  static long sizeBytes(long keyBytes, long valueBytes) {
    return RECORD_BYTES + keyBytes + valueBytes;
  }

  /** The value of a record, null if only the disk has it. */
  @Nullable Bytes valueInMemory(long id) {
    Record record = pinned.get(id);
    return record != null ? record.kv().value() : cache.getIfPresent(id);
  }

  /**
   * The revision to read at.
   *
   * @param asked 0 or less for {@code current}
   */
  long readRevision(long asked, long current) {
    if (asked > current) {
      throw EtcdError.FUTURE_REV.exception();
    }
    if (asked > 0 && asked < compactRevision) {
      throw EtcdError.COMPACTED.exception();
    }
    return asked > 0 ? asked : current;
  }

  static KeyValue pair(Bytes key, KeyHistory history, int at, Bytes value) {
    return new KeyValue(
        key, value, history.create(at), history.main(at), history.version(at), history.lease(at));
  }
}
