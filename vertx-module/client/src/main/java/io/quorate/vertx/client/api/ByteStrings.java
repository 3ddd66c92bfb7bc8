package io.quorate.vertx.client.api;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.quorate.command.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * Converts between {@link Bytes} and protobuf's byte strings without copying the array: both are
 * treated as immutable. Any thread.
 */
public final class ByteStrings {
  private ByteStrings() {}

  public static ByteString of(Bytes bytes) {
    return bytes.isEmpty() ? ByteString.EMPTY : UnsafeByteOperations.unsafeWrap(bytes.array());
  }

  /** Copies only if {@code string} is part of a larger array. */
  public static Bytes toBytes(ByteString string) {
    int length = string.size();
    if (length == 0) {
      return Bytes.EMPTY;
    }
    Capture capture = new Capture(length);
    try {
      UnsafeByteOperations.unsafeWriteTo(string, capture);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Bytes.of(capture.array());
  }

  /** Keeps a whole array as it is, copies anything else. */
  private static final class Capture extends ByteOutput {
    private final int length;
    private byte[] array = {};
    private int filled;

    Capture(int length) {
      this.length = length;
    }

    byte[] array() {
      if (filled != length) {
        throw new IllegalStateException("got " + filled + " of " + length + " bytes");
      }
      return array;
    }

    @Override
    public void write(byte value) {
      room()[filled++] = value;
    }

    @Override
    public void write(byte[] value, int offset, int count) {
      System.arraycopy(value, offset, room(), filled, count);
      filled += count;
    }

    @Override
    public void writeLazy(byte[] value, int offset, int count) {
      if (filled == 0 && offset == 0 && count == length && value.length == length) {
        array = value;
        filled = length;
      } else {
        write(value, offset, count);
      }
    }

    @Override
    public void write(ByteBuffer value) {
      int count = value.remaining();
      value.get(room(), filled, count);
      filled += count;
    }

    @Override
    public void writeLazy(ByteBuffer value) {
      write(value);
    }

    private byte[] room() {
      if (array.length == 0) {
        array = new byte[length];
      }
      return array;
    }
  }
}
