package io.quorate.codec;

import io.quorate.command.Bytes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes values into an array. Each method has its counterpart in {@link Reader}. One thread. */
final class Writer {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private byte[] array;
  private int size;

  /**
   * @param expectedBytes a good guess saves copies; the writer grows if it was too low
   */
  Writer(long expectedBytes) {
    array = new byte[(int) Math.min(Math.max(expectedBytes, 16), 1 << 30)];
  }

  void u8(int value) {
    reserve(1);
    array[size++] = (byte) value;
  }

  void bool(boolean value) {
    u8(value ? 1 : 0);
  }

  /** Four bytes, big-endian. */
  void fixed32(int value) {
    reserve(4);
    INT.set(array, size, value);
    size += 4;
  }

  /** Eight bytes, big-endian: for ids, which use all bits. */
  void fixed64(long value) {
    reserve(8);
    LONG.set(array, size, value);
    size += 8;
  }

  /** Unsigned, seven bits a byte, lowest first: for what is small and not negative. */
  void varint(long value) {
    reserve(10);
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      array[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    array[size++] = (byte) rest;
  }

  /** A varint of a signed number, small for small ones of either sign. */
  void zigzag(long value) {
    varint((value << 1) ^ (value >> 63));
  }

  void bytes(byte[] value) {
    varint(value.length);
    raw(value);
  }

  void bytes(Bytes value) {
    bytes(value.array());
  }

  /** Bytes without a length: for what has been encoded already. */
  void raw(byte[] value) {
    reserve(value.length);
    System.arraycopy(value, 0, array, size, value.length);
    size += value.length;
  }

  /** UTF-8; an unpaired surrogate becomes a question mark. */
  void string(String value) {
    bytes(value.getBytes(StandardCharsets.UTF_8));
  }

  void nullable(@Nullable String value) {
    bool(value != null);
    if (value != null) {
      string(value);
    }
  }

  void strings(List<String> values) {
    varint(values.size());
    for (String value : values) {
      string(value);
    }
  }

  void ids(List<Long> values) {
    varint(values.size());
    for (long value : values) {
      fixed64(value);
    }
  }

  byte[] toByteArray() {
    return size == array.length ? array : Arrays.copyOf(array, size);
  }

  private void reserve(int count) {
    if (count > array.length - size) {
      grow(count);
    }
  }

  private void grow(int count) {
    long needed = (long) size + count;
    if (needed > Integer.MAX_VALUE - 8) {
      throw new IllegalStateException("encoded value would exceed what an array can hold");
    }
    long doubled = Math.min(2L * array.length, Integer.MAX_VALUE - 8);
    array = Arrays.copyOf(array, (int) Math.max(doubled, needed));
  }
}
