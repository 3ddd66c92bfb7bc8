package io.quorate.mvcc;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Records that are not on the disk yet, by id: a ring that grows. Written by the apply thread, read
 * by any without a lock. How many there can be is bounded by who flushes: one batch that is being
 * written and one that is being filled.
 */
final class PinnedRecords {
  private static final int INITIAL_CAPACITY = 1024;

  // Moved before slots are emptied: a reader that finds an empty slot knows that this has moved on.
  private volatile long first;
  private volatile AtomicReferenceArray<@Nullable Record> ring =
      new AtomicReferenceArray<>(INITIAL_CAPACITY);
  private long next;

  PinnedRecords(long nextId) {
    first = nextId;
    next = nextId;
  }

  /** Apply thread. Ids come without gaps. */
  void add(Record record) {
    if (record.id() != next) {
      throw new IllegalStateException("record " + record.id() + " instead of " + next);
    }
    AtomicReferenceArray<@Nullable Record> slots = ring;
    if (next - first == slots.length()) {
      AtomicReferenceArray<@Nullable Record> larger =
          new AtomicReferenceArray<>(slots.length() * 2);
      for (long id = first; id < next; id++) {
        larger.setPlain(slot(larger, id), slots.get(slot(slots, id)));
      }
      slots = larger;
      ring = larger;
    }
    slots.setRelease(slot(slots, next), record);
    next++;
  }

  /** The record if it is pinned. */
  @Nullable Record get(long id) {
    AtomicReferenceArray<@Nullable Record> slots = ring;
    Record record = slots.getAcquire(slot(slots, id));
    return record != null && record.id() == id ? record : null;
  }

  /** Apply thread: forgets all up to and with {@code lastId}, after handing them out. */
  void release(long lastId, Consumer<Record> released) {
    if (lastId >= next) {
      throw new IllegalStateException("flushed " + lastId + " but the next one is " + next);
    }
    long from = first;
    for (long id = from; id <= lastId; id++) {
      Record record = get(id);
      if (record == null) {
        throw new IllegalStateException("pinned record " + id + " is lost");
      }
      released.accept(record);
    }
    if (lastId >= from) {
      first = lastId + 1;
    }
    AtomicReferenceArray<@Nullable Record> slots = ring;
    for (long id = from; id <= lastId; id++) {
      slots.setRelease(slot(slots, id), null);
    }
  }

  /**
   * What is pinned of the revisions from {@code fromMain} on, among ids below {@code endId}.
   *
   * @param firstId every record below it is on the disk
   * @param complete true if nothing of {@code fromMain} or later is on the disk only
   */
  record Tail(long firstId, boolean complete, List<Record> records) {}

  Tail tail(long fromMain, long endId) {
    while (true) {
      Tail tail = tryTail(fromMain, endId);
      if (tail != null) {
        return tail;
      }
    }
  }

  /** Null if a flush came in between. */
  private @Nullable Tail tryTail(long fromMain, long endId) {
    long firstId = first;
    long low = firstId;
    long high = Math.max(firstId, endId);
    while (low < high) {
      long middle = (low + high) >>> 1;
      Record record = get(middle);
      if (record == null) {
        return null;
      }
      if (record.main() < fromMain) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    List<Record> records = new ArrayList<>();
    for (long id = low; id < endId; id++) {
      Record record = get(id);
      if (record == null) {
        return null;
      }
      records.add(record);
    }
    return new Tail(firstId, low > firstId, records);
  }

  private static int slot(AtomicReferenceArray<@Nullable Record> slots, long id) {
    return (int) (id & (slots.length() - 1));
  }
}
