package io.quorate.vertx.server.process;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/**
 * Random messages from a seed: fields that are missing or doubled (also of a oneof), extreme
 * numbers, unknown enum values and fields, invalid UTF-8, keys of zeros and of 0xff, endless
 * nesting, and sometimes bytes that are not a message at all.
 */
final class MessageFuzzer {
  private static final int MOST_NESTING = 5;
  private static final int DEEP_NESTING = 300;

  private static final long[] NUMBERS = {
    0, 1, -1, 2, 3, 7, 100, Integer.MAX_VALUE, Integer.MIN_VALUE, Long.MAX_VALUE, Long.MIN_VALUE
  };

  private static final byte[][] STRINGS = {
    {},
    {0},
    {(byte) 0xff},
    {(byte) 0xc3, '('},
    {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
    "http://127.0.0.1:1".getBytes(StandardCharsets.UTF_8),
    "http://127.0.0.1:99999".getBytes(StandardCharsets.UTF_8),
    "::::".getBytes(StandardCharsets.UTF_8),
    "http://ü@localhost:2380/?q#f".getBytes(StandardCharsets.UTF_8),
    "x".repeat(600).getBytes(StandardCharsets.UTF_8)
  };

  private static final byte[][] KEYS = {
    {},
    {0},
    {0, 0},
    {(byte) 0xff},
    {(byte) 0xff, (byte) 0xff, (byte) 0xff},
    "a".getBytes(StandardCharsets.UTF_8),
    "b".getBytes(StandardCharsets.UTF_8),
    "b\0".getBytes(StandardCharsets.UTF_8),
    "12".getBytes(StandardCharsets.UTF_8),
    "7 1:2 x".getBytes(StandardCharsets.UTF_8)
  };

  private final Random random;

  MessageFuzzer(long seed) {
    this.random = new Random(seed);
  }

  byte[] message(Descriptor type) {
    try {
      if (random.nextInt(40) == 0) {
        byte[] noMessage = new byte[random.nextInt(60)];
        random.nextBytes(noMessage);
        return noMessage;
      }
      return message(type, random.nextInt(60) == 0 ? DEEP_NESTING : MOST_NESTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @param levels how many levels may follow; if there are many, each has only one message
   */
  private byte[] message(Descriptor type, int levels) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    for (FieldDescriptor field : type.getFields()) {
      boolean isMessage = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
      int times;
      if (isMessage && levels == 0) {
        times = 0;
      } else if (levels > MOST_NESTING) {
        times = isMessage ? 1 : random.nextInt(2);
      } else {
        times = random.nextInt(field.isRepeated() ? 4 : 3);
      }
      for (int i = 0; i < times; i++) {
        write(out, field, levels - 1);
        if (isMessage && levels > MOST_NESTING) {
          return finished(out, bytes);
        }
      }
    }
    if (random.nextInt(10) == 0) {
      out.writeUInt64(500 + random.nextInt(10_000), number());
    }
    return finished(out, bytes);
  }

  private static byte[] finished(CodedOutputStream out, ByteArrayOutputStream bytes)
      throws IOException {
    out.flush();
    return bytes.toByteArray();
  }

  private void write(CodedOutputStream out, FieldDescriptor field, int levels) throws IOException {
    int number = field.getNumber();
    if (random.nextInt(100) == 0) {
      out.writeFixed64(number, number()); // with another wire type than the field has
      return;
    }
    switch (field.getJavaType()) {
      case INT, LONG, BOOLEAN -> out.writeUInt64(number, number());
      case ENUM ->
          out.writeInt32(
              number,
              random.nextInt(5) == 0
                  ? (int) number()
                  : random.nextInt(field.getEnumType().getValues().size()));
      case STRING -> out.writeByteArray(number, STRINGS[random.nextInt(STRINGS.length)]);
      case BYTE_STRING ->
          out.writeByteArray(
              number,
              random.nextInt(50) == 0 ? new byte[20_000] : KEYS[random.nextInt(KEYS.length)]);
      case MESSAGE -> {
        byte[] nested = message(field.getMessageType(), levels);
        out.writeTag(number, WireFormat.WIRETYPE_LENGTH_DELIMITED);
        out.writeUInt32NoTag(nested.length);
        out.writeRawBytes(nested);
      }
      case FLOAT, DOUBLE -> throw new IllegalStateException("etcd has no " + field);
    }
  }

  private long number() {
    return random.nextInt(3) == 0 ? random.nextInt(30) : NUMBERS[random.nextInt(NUMBERS.length)];
  }
}
