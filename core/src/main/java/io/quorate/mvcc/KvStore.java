package io.quorate.mvcc;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyValue;
import io.quorate.command.PairSizer;
import io.quorate.command.Result;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * etcd's multi-version key-value store: all keys with the numbers of their versions in memory,
 * values on the disk behind a bounded cache. What is not on the disk yet is pinned in memory.
 *
 * <p>Reads need no lock and come from any thread: they see the newest revision that was published
 * when they began, whole. Changes come from one thread, the apply thread. A read that compaction
 * overtakes is refused as compacted, or taken anew if it asked for the newest revision.
 */
public final class KvStore {
  /** A walk over more keys than this is too long for an event loop. */
  static final long MEMORY_WALK_KEYS = 10_000;

  /** What such a range has read from the disk is likely to be read again. */
  private static final long CACHED_SCAN_BYTES = 64 << 10;

  /** Records whose ids are no further apart are read from the disk in one go. */
  private static final long MOST_APART = 2;

  private static final int SCANNED_AT_ONCE = 500;

  private final RecordReader reader;
  private final long cacheBytes;

  private volatile StoreState state;
  private Sweeper sweeper;
  private @Nullable RevisionTxn open;
  private volatile boolean retired;
  private Consumer<CompactedHash> compacting = CompactedHash::close;

  /**
   * @param reader what is on the disk
   * @param cacheBytes bound on values kept in memory beside the pinned ones
   */
  public KvStore(RecordReader reader, long cacheBytes) {
    this.reader = reader;
    this.cacheBytes = cacheBytes;
    this.state = new StoreState(1, -1, 1, cacheBytes);
    this.sweeper = new Sweeper(state);
  }

  /**
   * Builds the index from the disk. Before anything else, once.
   *
   * @param revision the newest revision (1 for an empty store); not derivable from records alone,
   *     as the newest may have been a compacted tombstone
   * @param compactRevision -1 if never compacted
   * @param nextRecordId id the next record gets
   * @throws IllegalStateException the records contradict each other or these numbers
   */
  public void load(long revision, long compactRevision, long nextRecordId) {
    StoreState loaded = new StoreState(revision, compactRevision, nextRecordId, cacheBytes);
    Loader loader = new Loader(loaded, cacheBytes / 2);
    reader.forEach(loader::add);
    loader.finish();
    sweeper = new Sweeper(loaded);
    state = loaded;
  }

  // ---- any thread

  /** The newest revision; 1 for an empty store. */
  public long revision() {
    return state.revision;
  }

  /** -1 if never compacted. */
  public long compactRevision() {
    return state.compactRevision;
  }

  /** Id the next record gets. */
  public long nextRecordId() {
    return state.nextRecordId;
  }

  /** Number of live keys. */
  public long keyCount() {
    return state.keyCount;
  }

  /**
   * Reads; may block on the disk for values that are not in memory.
   *
   * @throws io.quorate.command.EtcdException COMPACTED or FUTURE_REV
   */
  public Result.Ranged range(Command.Range range) {
    while (true) {
      StoreState s = state;
      long current = s.revision;
      long at = s.readRevision(range.revision(), current);
      Result.Ranged ranged =
          new RangeQuery(s.index, id -> value(s, id), range, at)
              .run(current, Long.MAX_VALUE, Long.MAX_VALUE);
      if (readable(s, at)) {
        if (ranged == null) {
          throw new IllegalStateException("a value is missing on the disk at revision " + at);
        }
        return ranged;
      }
    }
  }

  /**
   * Reads, or null if that would have to touch the disk, to walk over very many keys or to return
   * more than {@code mostBytes} of keys and values. Never blocks: fit for an event loop.
   *
   * @throws io.quorate.command.EtcdException COMPACTED or FUTURE_REV
   */
  public Result.@Nullable Ranged rangeFromMemory(Command.Range range, long mostBytes) {
    while (true) {
      StoreState s = state;
      long current = s.revision;
      long at = s.readRevision(range.revision(), current);
      Result.Ranged ranged =
          new RangeQuery(s.index, s::valueInMemory, range, at)
              .run(current, MEMORY_WALK_KEYS, mostBytes);
      if (ranged == null || readable(s, at)) {
        return ranged;
      }
    }
  }

  /**
   * Opens a range that is read piece by piece. Goes through the index, which takes its time with
   * many keys, but touches no value.
   *
   * @param wanted asked now and then; once false the walk ends
   * @return to be closed
   * @throws io.quorate.command.EtcdException COMPACTED or FUTURE_REV
   * @throws java.util.concurrent.CancellationException if the caller does not want the result any
   *     more
   * @throws IllegalArgumentException the order is that of values, which cannot be known without
   *     them
   */
  public RangeScan scan(Command.Range range, PairSizer sizer, BooleanSupplier wanted) {
    if (range.sortTarget() == Command.SortTarget.VALUE) {
      throw new IllegalArgumentException("what is sorted by value is read as a whole");
    }
    while (true) {
      StoreState s = state;
      Object read = new Object();
      long current = s.revision;
      s.openReads.open(read, range.revision() > 0 ? range.revision() : current);
      try {
        long at = s.readRevision(range.revision(), current);
        if (readable(s, at)) {
          RangeQuery.Plan plan =
              new RangeQuery(s.index, s::valueInMemory, range, at).plan(sizer, wanted);
          boolean caches = range.range().isSingle() || plan.sizeBytes() <= CACHED_SCAN_BYTES;
          return new RangeScan(
              current, plan, range.keysOnly(), valuesOf(s, caches), () -> s.openReads.close(read));
        }
      } catch (RuntimeException | Error e) {
        s.openReads.close(read);
        throw e;
      }
      s.openReads.close(read); // compaction was faster
    }
  }

  /**
   * @param caches whether what comes from the disk is kept in memory: a long range would turn the
   *     cache over for nothing
   */
  private RangeScan.Source valuesOf(StoreState s, boolean caches) {
    return new RangeScan.Source() {
      @Override
      public @Nullable Bytes[] values(long[] recordIds) {
        return KvStore.this.values(s, recordIds, caches);
      }

      @Override
      public @Nullable Bytes inMemory(long recordId) {
        return s.valueInMemory(recordId);
      }
    };
  }

  /**
   * Keys and values that the answer to {@code range} will hold, in bytes, with what is read to sort
   * it; from the index alone.
   *
   * @param wanted as for {@link #scan}
   * @return 0 if the range asks for a revision that cannot be read
   */
  public long rangeBytes(Command.Range range, BooleanSupplier wanted) {
    StoreState s = state;
    if (range.revision() > s.revision
        || (range.revision() > 0 && range.revision() < s.compactRevision)) {
      return 0;
    }
    if (range.range().isSingle()) {
      KeyHistory history = s.index.get(range.range().start());
      int at = history == null ? -1 : history.liveAt(s.readRevision(range.revision(), s.revision));
      return history == null || at < 0 || range.countOnly()
          ? 0
          : new RangeQuery.Found(range.range().start(), history, at).rawBytes(range.keysOnly());
    }
    Command.Range read = range.sortTarget() == Command.SortTarget.VALUE ? allOf(range) : range;
    try (RangeScan scan = scan(read, PairSizer.RAW, wanted)) {
      return scan.sizeBytes();
    } catch (EtcdException compactedMeanwhile) {
      return 0;
    }
  }

  /** All that has to be looked at to sort by value. */
  private static Command.Range allOf(Command.Range range) {
    return new Command.Range(
        range.range(),
        0,
        range.revision(),
        Command.SortOrder.NONE,
        Command.SortTarget.KEY,
        range.serializable(),
        false,
        range.countOnly(),
        range.minModRevision(),
        range.maxModRevision(),
        range.minCreateRevision(),
        range.maxCreateRevision());
  }

  /**
   * Looks at the store as it is now, for as long as {@code look} takes. May block on the disk.
   *
   * @param look is given reads at one revision; whatever it writes is refused
   */
  public <R> R read(Function<WriteTxn, R> look) {
    StoreState s = state;
    ReadTxn read = ReadTxn.open(s, id -> value(s, id));
    try {
      return look.apply(read);
    } finally {
      read.close();
    }
  }

  /**
   * The pair of {@code key} as it was at {@code revision}, null if not alive then or that revision
   * is compacted. May block on the disk.
   */
  public @Nullable KeyValue at(Bytes key, long revision) {
    while (true) {
      StoreState s = state;
      long at = Math.min(revision, s.revision);
      if (at < s.compactRevision) {
        return null;
      }
      KeyHistory history = s.index.get(key);
      int position = history == null ? -1 : history.liveAt(at);
      if (history == null || position < 0) {
        if (readable(s, at)) {
          return null;
        }
        continue;
      }
      Bytes value = value(s, history.id(position));
      if (value != null) {
        return StoreState.pair(key, history, position, value);
      }
      if (readable(s, at)) {
        throw new IllegalStateException("a value is missing on the disk at revision " + at);
      }
    }
  }

  /**
   * Changes with {@code fromRevision <= main <= toRevision} in order, at most {@code maxRevisions}
   * distinct revisions (fewer once some megabytes are gathered) and never part of one. Empty only
   * if there are none. May block on the disk.
   *
   * @throws io.quorate.command.EtcdException COMPACTED if {@code fromRevision} is below the
   *     compacted revision
   */
  public List<Record> history(long fromRevision, long toRevision, int maxRevisions) {
    while (true) {
      StoreState s = state;
      if (fromRevision < s.compactRevision) {
        throw EtcdError.COMPACTED.exception();
      }
      long to = Math.min(toRevision, s.revision);
      PinnedRecords.Tail young = s.pinned.tail(fromRevision, s.nextRecordId);
      List<Record> records = new HistoryReader(reader, fromRevision, to, maxRevisions).read(young);
      checkDisk();
      if (readable(s, fromRevision)) {
        return records;
      }
    }
  }

  /**
   * etcd's HashKV: CRC-32C over all stored records up to {@code revision}, in etcd's own encoding
   * (so that it can be compared with etcd's). Depends on what was written and on the compacted
   * revision only, not on how far the sweep has come. Blocks; needs everything up to {@code
   * revision} flushed, else IllegalStateException.
   *
   * @param revision 0 for the newest
   * @throws io.quorate.command.EtcdException COMPACTED or FUTURE_REV
   */
  public KvHash hash(long revision) {
    while (true) {
      StoreState s = state;
      long compacted = s.compactRevision;
      long at = s.readRevision(revision, s.revision);
      if (at > s.flushedRevision) {
        throw new IllegalStateException(
            "revision " + at + " is not on the disk yet, only " + s.flushedRevision);
      }
      int hash = hash(s, at, compacted, (upTo, consumer) -> reader.forEach(consumer));
      checkDisk();
      if (s.compactRevision == compacted) {
        return new KvHash(hash, compacted, at);
      }
    }
  }

  /**
   * Answer of {@link #hash}.
   *
   * @param compactRevision -1 if never compacted
   */
  public record KvHash(int hash, long compactRevision, long hashRevision) {}

  // ---- apply thread

  /**
   * What the store's records take, roughly, in bytes: those of history that compaction has removed
   * do not count any more, also if they are still on the disk.
   */
  public long liveBytes() {
    return state.liveBytes;
  }

  /** Live keys that hang on a lease, with its id, in key order; from memory alone. */
  public void forEachLeasedKey(BiConsumer<Bytes, Long> consumer) {
    for (Map.Entry<Bytes, KeyHistory> entry : state.index.entrySet()) {
      KeyHistory history = entry.getValue();
      long lease = history.alive() ? history.lease(history.count() - 1) : 0;
      if (lease != 0) {
        consumer.accept(entry.getKey(), lease);
      }
    }
  }

  /**
   * Begins the next revision.
   *
   * @throws IllegalStateException another transaction is open
   */
  public WriteTxn begin() {
    if (open != null) {
      throw new IllegalStateException("a transaction is open");
    }
    StoreState s = state;
    open = new RevisionTxn(s, id -> value(s, id), ended -> open = null);
    return open;
  }

  /**
   * Makes {@code revision} the oldest readable one, at once and on the index only; the records it
   * frees come out of {@link #sweep}.
   *
   * @throws io.quorate.command.EtcdException COMPACTED or FUTURE_REV
   */
  public void compact(long revision) {
    StoreState s = state;
    if (revision <= s.compactRevision) {
      throw EtcdError.COMPACTED.exception();
    }
    if (revision > s.revision) {
      throw EtcdError.FUTURE_REV.exception();
    }
    compacting.accept(new CompactedHash(s, Math.max(-1, s.compactRevision), revision));
    s.compactRevision = revision;
    sweeper.restart();
  }

  /**
   * Sets who is given the chance to hash what a compaction keeps, before any of it goes. Apply
   * thread, before anything is compacted.
   *
   * @param compacting is told of each compaction, as it begins; nothing that it removes goes before
   *     what it is given is closed
   */
  public void onCompaction(Consumer<CompactedHash> compacting) {
    this.compacting = compacting;
  }

  /**
   * The hash of a compaction: of all records up to its revision, with those below the compaction
   * before it left out as {@link #hash} does. It is of all that was written in between, so members
   * whose hashes are the same have done the same since the last one.
   */
  public final class CompactedHash implements AutoCloseable {
    private final StoreState of;
    private final long previous;
    private final long revision;

    private CompactedHash(StoreState of, long previous, long revision) {
      this.of = of;
      this.previous = previous;
      this.revision = revision;
      of.openReads.open(this, Math.max(0, previous));
    }

    public long revision() {
      return revision;
    }

    /**
     * Blocks; needs everything up to the revision flushed.
     *
     * @throws io.quorate.command.EtcdException LEADER_CHANGED, if the store was retired meanwhile
     */
    public KvHash compute() {
      return new KvHash(hash(of, revision, previous, KvStore.this::scanUpTo), previous, revision);
    }

    /** What the compaction removes may go now. */
    @Override
    public void close() {
      of.openReads.close(this);
    }
  }

  /** In pieces, since one long read would keep the write-ahead log from being emptied. */
  private void scanUpTo(long revision, Consumer<Record> consumer) {
    long next = 0;
    while (true) {
      List<Record> piece = reader.scan(next, SCANNED_AT_ONCE);
      checkDisk();
      for (Record record : piece) {
        if (record.main() > revision) {
          return;
        }
        consumer.accept(record);
      }
      if (piece.size() < SCANNED_AT_ONCE) {
        return;
      }
      next = piece.get(piece.size() - 1).id() + 1;
    }
  }

  /**
   * Removes at most {@code maxKeys} keys' worth of compacted history from the index.
   *
   * @return ids of the records that are dead now, to be deleted from the disk
   */
  public List<Long> sweep(int maxKeys) {
    return sweeper.sweep(maxKeys);
  }

  /**
   * True while {@link #sweep} has something left to do; after {@link #load} too, as what an earlier
   * sweep found may not have reached the disk.
   */
  public boolean sweeping() {
    return sweeper.active();
  }

  /** Records up to and with this id are on the disk and need not be pinned any more. */
  public void flushed(long recordId) {
    StoreState s = state;
    s.pinned.release(
        recordId,
        record -> {
          if (!record.kv().isTombstone()) {
            s.cache.put(record.id(), record.kv().value());
          }
        });
    Record next = s.pinned.get(recordId + 1);
    s.flushedRevision = next == null ? s.revision : next.main() - 1;
  }

  /**
   * What is on the disk is about to be replaced by a snapshot, which another instance will read; to
   * be called before it is. From here on whatever would need the disk is refused with an error that
   * clients retry ({@code LEADER_CHANGED}); what is in memory can still be read.
   */
  public void retire() {
    retired = true;
  }

  public boolean retired() {
    return retired;
  }

  // ---- helpers

  /** True if all that was read from {@code s} at {@code revision} was still there. */
  private static boolean readable(StoreState s, long revision) {
    return revision >= s.compactRevision;
  }

  /** After each use of the disk: what it said only counts if it still is this store's. */
  private void checkDisk() {
    if (retired) {
      throw EtcdError.LEADER_CHANGED.exception();
    }
  }

  private @Nullable Bytes value(StoreState s, long id) {
    Bytes value = s.valueInMemory(id);
    if (value != null) {
      return value;
    }
    Record record = reader.read(id);
    checkDisk();
    if (record == null) {
      return null;
    }
    s.cache.put(id, record.kv().value());
    return record.kv().value();
  }

  /** Of many records; neighbours on the disk are read together. */
  private @Nullable Bytes[] values(StoreState s, long[] ids, boolean caches) {
    @Nullable Bytes[] values = new Bytes[ids.length];
    List<Integer> missing = new ArrayList<>();
    for (int i = 0; i < ids.length; i++) {
      values[i] = s.valueInMemory(ids[i]);
      if (values[i] == null) {
        missing.add(i);
      }
    }
    missing.sort(Comparator.comparingLong(i -> ids[i]));
    int from = 0;
    while (from < missing.size()) {
      int to = from + 1;
      while (to < missing.size() && ids[missing.get(to)] - ids[missing.get(to - 1)] <= MOST_APART) {
        to++;
      }
      readRun(ids, missing.subList(from, to), values);
      from = to;
    }
    if (!missing.isEmpty()) {
      checkDisk();
    }
    if (caches) {
      for (int i : missing) {
        Bytes value = values[i];
        if (value != null) {
          s.cache.put(ids[i], value);
        }
      }
    }
    return values;
  }

  /**
   * @param run positions in {@code ids}, by ascending id
   */
  private void readRun(long[] ids, List<Integer> run, @Nullable Bytes[] into) {
    long first = ids[run.get(0)];
    long last = ids[run.get(run.size() - 1)];
    if (first == last) {
      Record record = reader.read(first);
      into[run.get(0)] = record == null ? null : record.kv().value();
      return;
    }
    Iterator<Integer> wanted = run.iterator();
    int next = wanted.next();
    for (Record record : reader.scan(first, (int) (last - first + 1))) {
      if (record.id() == ids[next]) {
        into[next] = record.kv().value();
        if (!wanted.hasNext()) {
          return;
        }
        next = wanted.next();
      }
    }
  }

  /**
   * etcd passes over a record at or below the compacted revision unless it is what its key still
   * shows at {@code revision}; if no key is alive there, over none that compaction has left.
   */
  private static int hash(StoreState s, long revision, long compacted, Scan scan) {
    Ids showing = new Ids();
    Ids left = new Ids();
    boolean anyAlive = false;
    for (KeyHistory history : s.index.values()) {
      int at = history.liveAt(revision);
      anyAlive |= at >= 0;
      if (at >= 0 && history.main(at) <= compacted) {
        showing.add(history.id(at));
      }
      int then = history.liveAt(compacted);
      if (!anyAlive && then >= 0) {
        left.add(history.id(then));
      }
    }
    Ids kept = anyAlive ? showing : left;
    kept.sort();
    KvHasher hasher = new KvHasher();
    scan.run(
        revision,
        record -> {
          long main = record.main();
          boolean counts = main <= revision && (main > compacted || kept.contains(record.id()));
          if (counts && !(record.kv().isTombstone() && main == compacted)) {
            hasher.add(record);
          }
        });
    return hasher.hash();
  }

  /** Passes on all records up to a revision, in order, and perhaps more. */
  @FunctionalInterface
  private interface Scan {
    void run(long revision, Consumer<Record> consumer);
  }

  /** Record ids in a sorted array: a set of boxed ones would take ten times the memory. */
  private static final class Ids {
    private long[] ids = new long[64];
    private int count;

    void add(long id) {
      if (count == ids.length) {
        ids = Arrays.copyOf(ids, count * 2);
      }
      ids[count++] = id;
    }

    void sort() {
      Arrays.sort(ids, 0, count);
    }

    boolean contains(long id) {
      return Arrays.binarySearch(ids, 0, count, id) >= 0;
    }
  }

  /** Fills a state with records in ascending order. */
  private static final class Loader {
    private final StoreState target;
    private final long warmBytes;
    // Hashing first and sorting once beats a search in the ordered index for every record.
    private final Map<Bytes, KeyHistory> histories = new HashMap<>();
    private final ArrayDeque<Record> newest = new ArrayDeque<>();
    private long newestBytes;
    private long lastId;
    private long lastMain;
    private long alive;

    Loader(StoreState target, long warmBytes) {
      this.target = target;
      this.warmBytes = warmBytes;
    }

    void add(Record record) {
      KeyValue kv = record.kv();
      long main = record.main();
      if (record.id() <= lastId || main < lastMain) {
        throw new IllegalStateException("record " + record.id() + " is out of order");
      }
      if (record.id() >= target.nextRecordId || main > target.revision) {
        throw new IllegalStateException(
            "record " + record.id() + " of revision " + main + " is newer than the state");
      }
      lastId = record.id();
      lastMain = main;
      target.liveBytes += StoreState.sizeBytes(kv.key().length(), kv.value().length());
      long id = record.id();
      KeyHistory known = histories.get(kv.key());
      boolean wasAlive = known != null && known.alive();
      KeyHistory now =
          known == null
              ? KeyHistory.of(
                  main, id, kv.createRevision(), kv.version(), kv.lease(), kv.value().length())
              : known.append(
                  main, id, kv.createRevision(), kv.version(), kv.lease(), kv.value().length());
      histories.put(kv.key(), now);
      alive += (now.alive() ? 1 : 0) - (wasAlive ? 1 : 0);
      warm(record);
    }

    /** Keeps the newest records: those are read first, if any. */
    private void warm(Record record) {
      newest.add(record);
      newestBytes += weight(record);
      while (newestBytes > warmBytes && !newest.isEmpty()) {
        newestBytes -= weight(newest.remove());
      }
    }

    private static long weight(Record record) {
      return 2L * StoreState.CACHE_ENTRY_BYTES
          + record.kv().key().length()
          + record.kv().value().length();
    }

    void finish() {
      Bytes[] keys = histories.keySet().toArray(Bytes[]::new);
      Arrays.sort(keys);
      for (Bytes key : keys) {
        KeyHistory history = histories.get(key);
        if (history != null) {
          target.index.put(key, history);
        }
      }
      target.keyCount = alive;
      for (Record record : newest) {
        if (!record.kv().isTombstone()) {
          target.cache.put(record.id(), record.kv().value());
        }
      }
    }
  }
}
