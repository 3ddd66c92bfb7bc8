package io.quorate.mvcc;

import io.quorate.command.Bytes;
import io.quorate.command.Command.Range;
import io.quorate.command.Command.SortOrder;
import io.quorate.command.Command.SortTarget;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import org.jspecify.annotations.Nullable;

/** etcd's KV.Range over the index; values are fetched only for what is returned. */
final class RangeQuery {

  /** Where values come from. */
  interface Values {
    /** The value of a record, null if this source does not have it. */
    @Nullable Bytes value(long recordId);
  }

  /** A live key and the change that shows. */
  private record Found(Bytes key, KeyHistory history, int at) {
    long id() {
      return history.id(at);
    }
  }

  private final ConcurrentNavigableMap<Bytes, KeyHistory> index;
  private final Values values;
  private final Range range;
  private final long revision;

  /**
   * @param revision the revision to read at, bounds already checked
   */
  RangeQuery(
      ConcurrentNavigableMap<Bytes, KeyHistory> index, Values values, Range range, long revision) {
    this.index = index;
    this.values = values;
    this.range = range;
    this.revision = revision;
  }

  /** The part of {@code index} that {@code range} speaks of; empty for a reversed range. */
  static Map<Bytes, KeyHistory> select(
      ConcurrentNavigableMap<Bytes, KeyHistory> index, KeyRange range) {
    if (range.isSingle()) {
      KeyHistory history = index.get(range.start());
      return history == null ? Map.of() : Map.of(range.start(), history);
    }
    if (range.isOpenEnded()) {
      return index.tailMap(range.start(), true);
    }
    if (range.end().compareTo(range.start()) <= 0) {
      return Map.of();
    }
    return index.subMap(range.start(), true, range.end(), false);
  }

  /**
   * @param headerRevision what the answer shows as the newest revision
   * @param mostKeys gives up after looking at so many keys
   * @return null after giving up, or if a value was not to be had
   */
  Result.@Nullable Ranged run(long headerRevision, long mostKeys) {
    boolean inKeyOrder =
        range.sortTarget() == SortTarget.KEY && range.sortOrder() != SortOrder.DESCEND;
    boolean filtered = isFiltered();
    long limit = range.limit() > 0 ? range.limit() : Long.MAX_VALUE;
    // etcd's quirk: sorted by default order, the limit cuts (in key order) before the sort.
    boolean limitFirst = !filtered && (inKeyOrder || range.sortOrder() == SortOrder.NONE);
    long collect = limitFirst ? (inKeyOrder ? limit : plusOne(limit)) : Long.MAX_VALUE;
    boolean direct = inKeyOrder && !filtered;

    List<Found> found = new ArrayList<>();
    List<KeyValue> kvs = new ArrayList<>();
    long count = 0;
    long passed = 0;
    long seen = 0;
    for (Map.Entry<Bytes, KeyHistory> entry : select(index, range.range()).entrySet()) {
      if (++seen > mostKeys) {
        return null;
      }
      KeyHistory history = entry.getValue();
      int at = history.liveAt(revision);
      if (at < 0) {
        continue;
      }
      count++;
      if (range.countOnly() || (filtered && !passes(history, at))) {
        continue;
      }
      if (++passed > collect) {
        continue;
      }
      Found each = new Found(entry.getKey(), history, at);
      if (direct) {
        // At once, so that a value that is not in memory ends the walk before it began.
        KeyValue kv = pair(each);
        if (kv == null) {
          return null;
        }
        kvs.add(kv);
      } else {
        found.add(each);
      }
    }
    boolean more = passed > limit;
    if (!direct && !collectSorted(found, limit, kvs)) {
      return null;
    }
    return new Result.Ranged(headerRevision, Collections.unmodifiableList(kvs), more, count);
  }

  private static long plusOne(long limit) {
    return limit == Long.MAX_VALUE ? limit : limit + 1;
  }

  private boolean isFiltered() {
    return range.minModRevision() != 0
        || range.maxModRevision() != 0
        || range.minCreateRevision() != 0
        || range.maxCreateRevision() != 0;
  }

  private boolean passes(KeyHistory history, int at) {
    return within(history.main(at), range.minModRevision(), range.maxModRevision())
        && within(history.create(at), range.minCreateRevision(), range.maxCreateRevision());
  }

  private static boolean within(long value, long min, long max) {
    return (min == 0 || value >= min) && (max == 0 || value <= max);
  }

  /** Sorts, cuts, then fetches values (before it sorts by them); false if one is missing. */
  private boolean collectSorted(List<Found> found, long limit, List<KeyValue> into) {
    if (range.sortTarget() == SortTarget.VALUE) {
      List<KeyValue> all = new ArrayList<>(found.size());
      for (Found each : found) {
        Bytes value = values.value(each.id());
        if (value == null) {
          return false;
        }
        all.add(StoreState.pair(each.key(), each.history(), each.at(), value));
      }
      all.sort(directed(Comparator.comparing(KeyValue::value)));
      for (KeyValue kv : all.subList(0, (int) Math.min(limit, all.size()))) {
        into.add(range.keysOnly() ? kv.withoutValue() : kv);
      }
      return true;
    }
    found.sort(directed(order()));
    for (Found each : found.subList(0, (int) Math.min(limit, found.size()))) {
      KeyValue kv = pair(each);
      if (kv == null) {
        return false;
      }
      into.add(kv);
    }
    return true;
  }

  private Comparator<Found> order() {
    return switch (range.sortTarget()) {
      case VERSION -> Comparator.comparingLong(each -> each.history().version(each.at()));
      case CREATE -> Comparator.comparingLong(each -> each.history().create(each.at()));
      case MOD -> Comparator.comparingLong(each -> each.history().main(each.at()));
      case KEY -> Comparator.comparing(Found::key);
      case VALUE -> throw new IllegalStateException("sorted by value elsewhere");
    };
  }

  private <T> Comparator<T> directed(Comparator<T> ascending) {
    return range.sortOrder() == SortOrder.DESCEND ? ascending.reversed() : ascending;
  }

  private @Nullable KeyValue pair(Found each) {
    Bytes value = range.keysOnly() ? Bytes.EMPTY : values.value(each.id());
    return value == null ? null : StoreState.pair(each.key(), each.history(), each.at(), value);
  }
}
