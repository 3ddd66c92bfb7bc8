package io.quorate.wire;

import java.util.Arrays;

/**
 * Reads the fields of one message that is written in protobuf, each with its number. One thread at
 * a time.
 */
public final class ProtoReader {
  private static final int FIXED64 = 1;
  private static final int FIXED32 = 5;

  private final byte[] message;
  private int position;
  private int field;
  private int wireType;

  public ProtoReader(byte[] message) {
    this.message = message;
  }

  /**
   * Goes on to the next field, whose value the caller has to read or {@link #skip}.
   *
   * @return its number; 0 at the end
   * @throws IllegalArgumentException this is not protobuf, here as in the other methods
   */
  public int next() {
    if (position == message.length) {
      return 0;
    }
    long tag = varint();
    field = (int) (tag >>> 3);
    wireType = (int) (tag & 7);
    if (field <= 0 || tag >>> 3 > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("field " + (tag >>> 3));
    }
    return field;
  }

  public long number() {
    require(ProtoWriter.VARINT);
    return varint();
  }

  public byte[] bytes() {
    require(ProtoWriter.BYTES);
    int bytes = pass(varint());
    return Arrays.copyOfRange(message, position - bytes, position);
  }

  public void skip() {
    switch (wireType) {
      case ProtoWriter.VARINT -> varint();
      case ProtoWriter.BYTES -> pass(varint());
      case FIXED64 -> pass(Long.BYTES);
      case FIXED32 -> pass(Integer.BYTES);
      default -> throw new IllegalArgumentException("field " + field + " has type " + wireType);
    }
  }

  private void require(int expected) {
    if (wireType != expected) {
      throw new IllegalArgumentException("field " + field + " has type " + wireType);
    }
  }

  private int pass(long bytes) {
    if (bytes < 0 || bytes > message.length - position) {
      throw new IllegalArgumentException("field " + field + " ends after its message");
    }
    position += (int) bytes;
    return (int) bytes;
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      if (position == message.length) {
        throw new IllegalArgumentException("the message ends within a number");
      }
      byte next = message[position++];
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number has more than 10 bytes");
  }
}
