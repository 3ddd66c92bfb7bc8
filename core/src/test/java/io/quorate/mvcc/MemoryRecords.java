package io.quorate.mvcc;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A disk in memory: what has been appended is there until it is removed. Any thread. */
public final class MemoryRecords implements RecordReader {
  private final ConcurrentSkipListMap<Long, Record> records = new ConcurrentSkipListMap<>();
  private final AtomicLong reads = new AtomicLong();
  private volatile Runnable beforeScan = () -> {};

  public void append(List<Record> written) {
    for (Record record : written) {
      if (records.put(record.id(), record) != null) {
        throw new IllegalStateException("record " + record.id() + " twice");
      }
    }
  }

  public void remove(Collection<Long> ids) {
    for (Long id : ids) {
      if (records.remove(id) == null) {
        throw new IllegalStateException("record " + id + " is not there");
      }
    }
  }

  /** How often a single record was asked for. */
  public long reads() {
    return reads.get();
  }

  /** Runs {@code task} whenever records in a row are about to be read. */
  public void beforeScan(Runnable task) {
    beforeScan = task;
  }

  /** Everything there is, in order. */
  public List<Record> all() {
    return List.copyOf(records.values());
  }

  @Override
  public @Nullable Record read(long id) {
    reads.incrementAndGet();
    return records.get(id);
  }

  @Override
  public List<Record> scan(long fromId, int limit) {
    beforeScan.run();
    List<Record> found = new ArrayList<>();
    for (Record record : records.tailMap(fromId, true).values()) {
      if (found.size() == limit) {
        break;
      }
      found.add(record);
    }
    return found;
  }

  @Override
  public long firstIdAtOrAfter(long main) {
    for (Map.Entry<Long, Record> entry : records.entrySet()) {
      if (entry.getValue().main() >= main) {
        return entry.getKey();
      }
    }
    return Long.MAX_VALUE;
  }

  @Override
  public void forEach(Consumer<Record> consumer) {
    records.values().forEach(consumer);
  }
}
