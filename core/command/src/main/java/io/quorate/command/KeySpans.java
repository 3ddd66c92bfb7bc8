package io.quorate.command;

import java.util.Map;
import java.util.TreeMap;

/**
 * A set of keys to which ranges can be added, kept as disjoint spans in key order. Adding a range
 * and looking up a key take time logarithmic in the number of spans. For one thread at a time.
 */
public final class KeySpans {
  /** Exclusive end by start; an empty end stands for "unbounded". */
  private final TreeMap<Bytes, Bytes> spans = new TreeMap<>();

  /** Adds every key of {@code range}. */
  public void add(KeyRange range) {
    if (range.isOpenEnded()) {
      add(range.start(), Bytes.EMPTY);
    } else if (range.isSingle()) {
      add(range.start(), successor(range.start()));
    } else if (range.start().compareTo(range.end()) < 0) {
      add(range.start(), range.end());
    }
  }

  /** Adds every key of {@code other}. */
  public void addAll(KeySpans other) {
    other.spans.forEach(this::add);
  }

  public boolean contains(Bytes key) {
    Map.Entry<Bytes, Bytes> span = spans.floorEntry(key);
    return span != null && (span.getValue().isEmpty() || key.compareTo(span.getValue()) < 0);
  }

  public boolean isEmpty() {
    return spans.isEmpty();
  }

  /** Merges the new span with all that it overlaps or touches, so that spans stay disjoint. */
  private void add(Bytes from, Bytes to) {
    Bytes start = from;
    Bytes end = to;
    Map.Entry<Bytes, Bytes> before = spans.floorEntry(start);
    if (before != null && reaches(before.getValue(), start)) {
      start = before.getKey();
    }
    for (Map.Entry<Bytes, Bytes> next = spans.ceilingEntry(start);
        next != null && reaches(end, next.getKey());
        next = spans.ceilingEntry(start)) {
      end = later(end, next.getValue());
      spans.remove(next.getKey());
    }
    spans.put(start, end);
  }

  private static boolean reaches(Bytes end, Bytes start) {
    return end.isEmpty() || end.compareTo(start) >= 0;
  }

  private static Bytes later(Bytes a, Bytes b) {
    if (a.isEmpty() || b.isEmpty()) {
      return Bytes.EMPTY;
    }
    return a.compareTo(b) >= 0 ? a : b;
  }

  /** The smallest key after {@code key}. */
  private static Bytes successor(Bytes key) {
    return Bytes.of(java.util.Arrays.copyOf(key.array(), key.length() + 1));
  }
}
