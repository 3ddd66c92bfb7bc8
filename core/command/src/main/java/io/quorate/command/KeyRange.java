package io.quorate.command;

/**
 * The keys that a request is about, in one of etcd's three forms: an empty {@code end} is the
 * single key {@code start}; an {@code end} of one zero byte is everything from {@code start} on;
 * any other end is exclusive, and if it is not greater than {@code start} the range is empty.
 */
public record KeyRange(Bytes start, Bytes end) {

  public static KeyRange single(Bytes key) {
    return new KeyRange(key, Bytes.EMPTY);
  }

  /** Every key there is. */
  public static KeyRange all() {
    return new KeyRange(Bytes.ZERO, Bytes.ZERO);
  }

  /** All keys that begin with {@code prefix}; the empty prefix means all keys. */
  public static KeyRange prefix(Bytes prefix) {
    byte[] p = prefix.array();
    for (int i = p.length - 1; i >= 0; i--) {
      if (p[i] != (byte) 0xff) {
        byte[] end = java.util.Arrays.copyOf(p, i + 1);
        end[i]++;
        return new KeyRange(prefix, Bytes.of(end));
      }
    }
    return new KeyRange(prefix.isEmpty() ? Bytes.ZERO : prefix, Bytes.ZERO);
  }

  public boolean isSingle() {
    return end.isEmpty();
  }

  /** True if the range has no upper bound. */
  public boolean isOpenEnded() {
    return end.isZero();
  }

  public boolean contains(Bytes key) {
    if (isSingle()) {
      return key.equals(start);
    }
    return key.compareTo(start) >= 0 && (isOpenEnded() || key.compareTo(end) < 0);
  }
}
