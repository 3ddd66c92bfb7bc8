package io.quorate.codec;

import io.quorate.command.Bytes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link Writer} wrote, from bytes that may be malformed. Every length is compared with
 * what is left before memory is allocated for it, and each value has exactly one form that is
 * accepted, so that decoding and encoding again gives the same bytes. For one thread at a time.
 */
final class Reader {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  /** The most room a list is given in advance, so that a false count costs no memory. */
  private static final int TRUSTED_COUNT = 16;

  private final String what;
  private final byte[] array;
  private int at;

  /**
   * @param what names the value in messages
   */
  Reader(String what, byte[] array) {
    this.what = what;
    this.array = array;
  }

  /** An exception about the bytes before the present position. */
  CodecException bad(String why) {
    return new CodecException(what + ": " + why + " at byte " + at + " of " + array.length);
  }

  /** Reads the leading version byte, which must be one of those known. */
  int version(int oldest, int newest) {
    int version = u8("version");
    if (version < oldest || version > newest) {
      throw bad(
          "unknown version "
              + version
              + " (this one knows "
              + (oldest == newest ? "" : oldest + " to ")
              + newest
              + ")");
    }
    return version;
  }

  /** To be called when everything has been read. */
  void end() {
    if (at != array.length) {
      throw bad((array.length - at) + " bytes too many");
    }
  }

  int u8(String field) {
    need(1, field);
    return array[at++] & 0xff;
  }

  boolean bool(String field) {
    int value = u8(field);
    if (value > 1) {
      throw bad(field + " must be 0 or 1, is " + value);
    }
    return value == 1;
  }

  /** A byte of flags of which only those in {@code known} may be set. */
  int flags(int known, String field) {
    int value = u8(field);
    if ((value & ~known) != 0) {
      throw bad("unknown bits in " + field + " 0x" + Integer.toHexString(value));
    }
    return value;
  }

  /** A constant by its ordinal. */
  <E extends Enum<E>> E constant(E[] values, String field) {
    int ordinal = u8(field);
    if (ordinal >= values.length) {
      throw bad("unknown " + field + " " + ordinal);
    }
    return values[ordinal];
  }

  int fixed32(String field) {
    need(4, field);
    int value = (int) INT.get(array, at);
    at += 4;
    return value;
  }

  long fixed64(String field) {
    need(8, field);
    long value = (long) LONG.get(array, at);
    at += 8;
    return value;
  }

  long varint(String field) {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int next = u8(field);
      if (shift == 63 && next > 1) {
        break;
      }
      value |= (next & 0x7fL) << shift;
      if (next < 0x80) {
        if (next == 0 && shift > 0) {
          throw bad(field + " is a varint with a superfluous byte");
        }
        return value;
      }
    }
    throw bad(field + " is a varint of more than 64 bits");
  }

  long zigzag(String field) {
    long value = varint(field);
    return (value >>> 1) ^ -(value & 1);
  }

  byte[] bytes(String field) {
    int length = count(1, field);
    byte[] value = Arrays.copyOfRange(array, at, at + length);
    at += length;
    return value;
  }

  Bytes value(String field) {
    return Bytes.of(bytes(field));
  }

  String string(String field) {
    byte[] utf8 = bytes(field);
    String value = new String(utf8, StandardCharsets.UTF_8);
    // The decoder replaces what is malformed, which then does not encode to the same bytes.
    if (!Arrays.equals(utf8, value.getBytes(StandardCharsets.UTF_8))) {
      throw bad(field + " is not UTF-8");
    }
    return value;
  }

  @Nullable String nullable(String field) {
    return bool(field) ? string(field) : null;
  }

  List<String> strings(String field) {
    int count = count(1, field);
    List<String> values = list(count);
    for (int i = 0; i < count; i++) {
      values.add(string(field));
    }
    return values;
  }

  List<Long> ids(String field) {
    int count = count(8, field);
    List<Long> values = list(count);
    for (int i = 0; i < count; i++) {
      values.add(fixed64(field));
    }
    return values;
  }

  /** Number of elements that follow, each of at least {@code minBytes}; not more than can. */
  int count(int minBytes, String field) {
    long count = varint(field);
    int fit = (array.length - at) / minBytes;
    if (Long.compareUnsigned(count, fit) > 0) {
      throw bad(
          field + " has a length of " + Long.toUnsignedString(count) + ", at most " + fit + " fit");
    }
    return (int) count;
  }

  static <T> List<T> list(int count) {
    return new ArrayList<>(Math.min(count, TRUSTED_COUNT));
  }

  private void need(int count, String field) {
    if (count > array.length - at) {
      throw bad("ends within " + field);
    }
  }
}
