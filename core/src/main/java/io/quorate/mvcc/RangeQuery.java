package io.quorate.mvcc;

import io.quorate.command.Bytes;
import io.quorate.command.Command.Range;
import io.quorate.command.Command.SortOrder;
import io.quorate.command.Command.SortTarget;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.PairSizer;
import io.quorate.command.Result;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** etcd's KV.Range over the index; values are fetched only for what is returned. */
final class RangeQuery {

  /** Where values come from. */
  interface Values {
    /** The value of a record, null if this source does not have it. */
    @Nullable Bytes value(long recordId);
  }

  /** A live key and the change that shows. */
  record Found(Bytes key, KeyHistory history, int at) {
    long id() {
      return history.id(at);
    }

    long rawBytes(boolean keysOnly) {
      return key.length() + (keysOnly ? 0 : history.valueBytes(at));
    }

    long bytes(PairSizer sizer, boolean keysOnly) {
      return sizer.bytes(
          key,
          keysOnly ? 0 : history.valueBytes(at),
          history.create(at),
          history.main(at),
          history.version(at),
          keysOnly ? 0 : history.lease(at));
    }

    /** As an answer without values shows it. */
    KeyValue withoutValue() {
      return pair(Bytes.EMPTY).withoutValue();
    }

    KeyValue pair(Bytes value) {
      return StoreState.pair(key, history, at, value);
    }
  }

  /**
   * What an answer will be.
   *
   * @param chosen the pairs in their order; if that is the order of keys, found anew while they are
   *     gone through
   * @param sizeBytes of the chosen ones, by the sizer
   */
  record Plan(long count, boolean more, long sizeBytes, Iterable<Found> chosen) {}

  /** Number of keys between two checks whether the caller still wants the result. */
  private static final int KEYS_A_LOOK = 1_024;

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
   * @param mostBytes gives up when keys and values to be returned take more
   * @return null after giving up, or if a value was not to be had
   */
  Result.@Nullable Ranged run(long headerRevision, long mostKeys, long mostBytes) {
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
    long bytes = 0;
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
      bytes += each.rawBytes(range.keysOnly() && range.sortTarget() != SortTarget.VALUE);
      if (bytes > mostBytes) {
        return null;
      }
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

  /**
   * Everything but the values, for any order but that of values.
   *
   * @throws CancellationException if the caller does not want the result any more
   */
  Plan plan(PairSizer sizer, BooleanSupplier wanted) {
    boolean inKeyOrder =
        range.sortTarget() == SortTarget.KEY && range.sortOrder() != SortOrder.DESCEND;
    boolean filtered = isFiltered();
    long limit = range.limit() > 0 ? range.limit() : Long.MAX_VALUE;
    boolean cutFirst = !filtered && range.sortOrder() == SortOrder.NONE;
    List<Found> found = new ArrayList<>();
    long count = 0;
    long passed = 0;
    long seen = 0;
    long sizeBytes = 0;
    for (Map.Entry<Bytes, KeyHistory> entry : select(index, range.range()).entrySet()) {
      if (++seen % KEYS_A_LOOK == 0 && !wanted.getAsBoolean()) {
        throw new CancellationException();
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
      passed++;
      if (inKeyOrder) {
        if (passed <= limit) {
          sizeBytes += new Found(entry.getKey(), history, at).bytes(sizer, range.keysOnly());
        }
      } else if (!cutFirst || passed <= plusOne(limit)) {
        found.add(new Found(entry.getKey(), history, at));
      }
    }
    boolean more = passed > limit;
    if (inKeyOrder) {
      long pairs = Math.min(passed, limit);
      return new Plan(count, more, sizeBytes, () -> walk(pairs));
    }
    found.sort(directed(order()));
    List<Found> chosen = found.subList(0, (int) Math.min(limit, found.size()));
    for (Found each : chosen) {
      sizeBytes += each.bytes(sizer, range.keysOnly());
    }
    return new Plan(count, more, sizeBytes, chosen);
  }

  /** The first {@code pairs} that show and pass, in key order, without a list of them. */
  private Iterator<Found> walk(long pairs) {
    Iterator<Map.Entry<Bytes, KeyHistory>> entries =
        select(index, range.range()).entrySet().iterator();
    boolean filtered = isFiltered();
    return new Iterator<>() {
      private long left = pairs;

      @Override
      public boolean hasNext() {
        return left > 0;
      }

      @Override
      public Found next() {
        if (left <= 0) {
          throw new NoSuchElementException();
        }
        while (entries.hasNext()) {
          Map.Entry<Bytes, KeyHistory> entry = entries.next();
          KeyHistory history = entry.getValue();
          int at = history.liveAt(revision);
          if (at >= 0 && (!filtered || passes(history, at))) {
            left--;
            return new Found(entry.getKey(), history, at);
          }
        }
        throw new IllegalStateException(
            left + " keys of revision " + revision + " have left the index while they were read");
      }
    };
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
        all.add(each.pair(value));
      }
      all.sort(directed(Comparator.comparing(KeyValue::value)));
      for (KeyValue kv : all.subList(0, (int) Math.min(limit, all.size()))) {
        into.add(range.keysOnly() ? kv.withEmptyValue() : kv);
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
    if (range.keysOnly()) {
      return each.withoutValue();
    }
    Bytes value = values.value(each.id());
    return value == null ? null : each.pair(value);
  }
}
