package io.quorate.command;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * An immutable byte string: a key, a value or an end of a range. Ordered as etcd orders keys,
 * unsigned and lexicographic. Any thread.
 *
 * <p>The array is shared, not copied: whoever hands one to {@link #of(byte[])} or takes one from
 * {@link #array()} must not write to it afterwards.
 */
public final class Bytes implements Comparable<Bytes> {
  /** The empty byte string. */
  public static final Bytes EMPTY = new Bytes(new byte[0]);

  /** One zero byte: as a key the smallest there is, as the end of a range "no upper bound". */
  public static final Bytes ZERO = new Bytes(new byte[] {0});

  private final byte[] array;
  private int hash;

  private Bytes(byte[] array) {
    this.array = array;
  }

  /** Wraps {@code array} without copying it. */
  public static Bytes of(byte[] array) {
    return array.length == 0 ? EMPTY : new Bytes(array);
  }

  /** The UTF-8 form of {@code text}. */
  public static Bytes utf8(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The backing array; read only by agreement. */
  public byte[] array() {
    return array;
  }

  public int length() {
    return array.length;
  }

  public boolean isEmpty() {
    return array.length == 0;
  }

  /** True for the one-byte string that means "no upper bound" as the end of a range. */
  public boolean isZero() {
    return array.length == 1 && array[0] == 0;
  }

  @Override
  public int compareTo(Bytes other) {
    return Arrays.compareUnsigned(array, other.array);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes that && Arrays.equals(array, that.array);
  }

  @Override
  public int hashCode() {
    int h = hash;
    if (h == 0) {
      h = Arrays.hashCode(array);
      hash = h;
    }
    return h;
  }

  /** The bytes as UTF-8 text; for messages and tests, not for data. */
  public String utf8() {
    return new String(array, StandardCharsets.UTF_8);
  }

  /** Printable ASCII as it is, anything else as hex. */
  @Override
  public String toString() {
    for (byte b : array) {
      if (b < 0x20 || b > 0x7e) {
        return "0x" + HexFormat.of().formatHex(array);
      }
    }
    return new String(array, StandardCharsets.US_ASCII);
  }
}
