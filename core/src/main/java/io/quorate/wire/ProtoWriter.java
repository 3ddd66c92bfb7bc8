package io.quorate.wire;

import java.util.Arrays;

/**
 * Writes one message as protobuf does. Fields with their default, 0 or empty, are left out. One
 * thread at a time.
 */
public final class ProtoWriter {
  static final int VARINT = 0;
  static final int BYTES = 2;

  private static final int MAX_VARINT_BYTES = 10;

  private byte[] message;
  private int length;

  /**
   * @param expectedBytes how long the message will be, more or less
   */
  public ProtoWriter(int expectedBytes) {
    message = new byte[Math.max(16, expectedBytes)];
  }

  public ProtoWriter number(int field, long value) {
    if (value != 0) {
      varint((long) field << 3 | VARINT);
      varint(value);
    }
    return this;
  }

  public ProtoWriter bytes(int field, byte[] value) {
    if (value.length > 0) {
      varint((long) field << 3 | BYTES);
      varint(value.length);
      ensure(value.length);
      System.arraycopy(value, 0, message, length, value.length);
      length += value.length;
    }
    return this;
  }

  public byte[] toBytes() {
    return Arrays.copyOf(message, length);
  }

  private void varint(long value) {
    ensure(MAX_VARINT_BYTES);
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      message[length++] = (byte) (rest & 0x7f | 0x80);
      rest >>>= 7;
    }
    message[length++] = (byte) rest;
  }

  private void ensure(int more) {
    int needed = Math.addExact(length, more);
    if (needed > message.length) {
      message = Arrays.copyOf(message, Math.max(needed, message.length * 3 / 2));
    }
  }
}
