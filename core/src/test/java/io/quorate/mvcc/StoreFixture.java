package io.quorate.mvcc;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.Command.SortOrder;
import io.quorate.command.Command.SortTarget;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import java.util.ArrayList;
import java.util.List;

/** A store over a disk in memory, with short words for what tests do to it. */
public final class StoreFixture {
  public final MemoryRecords disk;
  public final KvStore kv;

  /** What was written and is not on the disk yet. */
  private final List<Record> unflushed = new ArrayList<>();

  public StoreFixture() {
    this(1 << 20);
  }

  public StoreFixture(long cacheBytes) {
    this(new MemoryRecords(), cacheBytes, 1, -1, 1);
  }

  private StoreFixture(
      MemoryRecords disk, long cacheBytes, long revision, long compactRevision, long nextId) {
    this.disk = disk;
    this.kv = new KvStore(disk, cacheBytes);
    kv.load(revision, compactRevision, nextId);
  }

  /** The same state as another process finds it; everything must have been flushed. */
  public StoreFixture reopened(long cacheBytes) {
    return new StoreFixture(
        disk, cacheBytes, kv.revision(), kv.compactRevision(), kv.nextRecordId());
  }

  public static Bytes bytes(String text) {
    return Bytes.utf8(text);
  }

  public static KeyRange range(String from, String end) {
    return new KeyRange(bytes(from), bytes(end));
  }

  public List<Record> put(String key, String value) {
    WriteTxn txn = kv.begin();
    txn.put(bytes(key), bytes(value), 0);
    return end(txn);
  }

  public List<Record> delete(KeyRange range) {
    WriteTxn txn = kv.begin();
    txn.delete(range);
    return end(txn);
  }

  public List<Record> delete(String key) {
    return delete(KeyRange.single(bytes(key)));
  }

  public List<Record> end(WriteTxn txn) {
    List<Record> records = txn.end();
    unflushed.addAll(records);
    return records;
  }

  public void flush() {
    if (!unflushed.isEmpty()) {
      disk.append(unflushed);
      kv.flushed(unflushed.get(unflushed.size() - 1).id());
      unflushed.clear();
    }
  }

  /** Sweeps to the end; what is dead leaves the disk as it would in a batch. */
  public List<Long> sweep() {
    List<Long> dead = new ArrayList<>();
    while (kv.sweeping()) {
      dead.addAll(kv.sweep(3));
    }
    flush();
    disk.remove(dead);
    return dead;
  }

  public Result.Ranged get(KeyRange range) {
    return kv.range(Command.Range.of(range));
  }

  public Result.Ranged get(KeyRange range, long revision) {
    return kv.range(new Query(range).revision(revision).build());
  }

  /** Keys in the order of the answer. */
  public static List<String> keys(Result.Ranged ranged) {
    return ranged.kvs().stream().map(kv -> kv.key().utf8()).toList();
  }

  public static List<String> values(Result.Ranged ranged) {
    return ranged.kvs().stream().map(kv -> kv.value().utf8()).toList();
  }

  public static KeyValue pair(
      String key, String value, long create, long mod, long version, long lease) {
    return new KeyValue(bytes(key), bytes(value), create, mod, version, lease);
  }

  /** A range request, part by part. */
  public static final class Query {
    private final KeyRange range;
    private long limit;
    private long revision;
    private SortOrder order = SortOrder.NONE;
    private SortTarget target = SortTarget.KEY;
    private boolean keysOnly;
    private boolean countOnly;
    private long minMod;
    private long maxMod;
    private long minCreate;
    private long maxCreate;

    public Query(KeyRange range) {
      this.range = range;
    }

    public Query limit(long limit) {
      this.limit = limit;
      return this;
    }

    public Query revision(long revision) {
      this.revision = revision;
      return this;
    }

    public Query sort(SortOrder order, SortTarget target) {
      this.order = order;
      this.target = target;
      return this;
    }

    public Query keysOnly() {
      this.keysOnly = true;
      return this;
    }

    public Query countOnly() {
      this.countOnly = true;
      return this;
    }

    public Query mod(long min, long max) {
      this.minMod = min;
      this.maxMod = max;
      return this;
    }

    public Query create(long min, long max) {
      this.minCreate = min;
      this.maxCreate = max;
      return this;
    }

    public Command.Range build() {
      return new Command.Range(
          range, limit, revision, order, target, false, keysOnly, countOnly, minMod, maxMod,
          minCreate, maxCreate);
    }
  }
}
