package io.quorate.cluster;

import io.quorate.command.Bytes;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.shareddata.ClusterSerializable;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Objects of shared maps to bytes and back: a type byte, then the content. Strings, boxed values
 * and byte arrays have one form each, so that equal keys are equal bytes; for {@link
 * ClusterSerializable} and {@link Serializable} that is up to the class. Any thread.
 */
final class ValueCodec {
  private static final byte STRING = 's';
  private static final byte UTF16 = 'u';
  private static final byte BOOLEAN = 't';
  private static final byte BYTE = 'b';
  private static final byte SHORT = 'h';
  private static final byte CHAR = 'c';
  private static final byte INT = 'i';
  private static final byte LONG = 'l';
  private static final byte FLOAT = 'f';
  private static final byte DOUBLE = 'd';
  private static final byte BYTES = 'a';
  private static final byte BUFFER = 'v';
  private static final byte CLUSTER_SERIALIZABLE = 'z';
  private static final byte SERIALIZABLE = 'o';

  private ValueCodec() {}

  /**
   * @throws IllegalArgumentException if it cannot be written
   */
  static Bytes encode(Object value) {
    if (value instanceof String text) {
      return hasLoneSurrogate(text)
          ? tagged(UTF16, chars(text))
          : tagged(STRING, text.getBytes(StandardCharsets.UTF_8));
    }
    if (value instanceof Integer i) {
      return number(INT, i, Integer.BYTES);
    }
    if (value instanceof Long l) {
      return number(LONG, l, Long.BYTES);
    }
    if (value instanceof Boolean b) {
      return number(BOOLEAN, b ? 1 : 0, 1);
    }
    if (value instanceof Byte b) {
      return number(BYTE, b, Byte.BYTES);
    }
    if (value instanceof Short s) {
      return number(SHORT, s, Short.BYTES);
    }
    if (value instanceof Character c) {
      return number(CHAR, c, Character.BYTES);
    }
    if (value instanceof Float f) {
      return number(FLOAT, Float.floatToIntBits(f), Float.BYTES);
    }
    if (value instanceof Double d) {
      return number(DOUBLE, Double.doubleToLongBits(d), Double.BYTES);
    }
    if (value instanceof byte[] bytes) {
      return tagged(BYTES, bytes);
    }
    if (value instanceof Buffer buffer) {
      return tagged(BUFFER, buffer.getBytes());
    }
    if (value instanceof ClusterSerializable serializable) {
      Buffer content = Buffer.buffer();
      serializable.writeToBuffer(content);
      byte[] name = value.getClass().getName().getBytes(StandardCharsets.UTF_8);
      ByteBuffer joined = ByteBuffer.allocate(Short.BYTES + name.length + content.length());
      joined.putShort((short) name.length).put(name).put(content.getBytes());
      return tagged(CLUSTER_SERIALIZABLE, joined.array());
    }
    return serializable(value);
  }

  /** Reads what {@link #encode} wrote; the caller's classes come first, then {@code fallback}. */
  static Object decode(Bytes bytes, ClassLoader fallback) {
    return decode(bytes.array(), 0, fallback);
  }

  /** As above, from {@code start} on. */
  static Object decode(byte[] array, int start, ClassLoader fallback) {
    if (start >= array.length) {
      throw new IllegalArgumentException("a value without a type");
    }
    int at = start + 1;
    byte type = array[start];
    return switch (type) {
      case STRING -> new String(array, at, array.length - at, StandardCharsets.UTF_8);
      case UTF16 -> ByteBuffer.wrap(array, at, array.length - at).asCharBuffer().toString();
      case INT -> (int) number(array, at, Integer.BYTES);
      case LONG -> number(array, at, Long.BYTES);
      case BOOLEAN -> number(array, at, 1) != 0;
      case BYTE -> (byte) number(array, at, Byte.BYTES);
      case SHORT -> (short) number(array, at, Short.BYTES);
      case CHAR -> (char) number(array, at, Character.BYTES);
      case FLOAT -> Float.intBitsToFloat((int) number(array, at, Float.BYTES));
      case DOUBLE -> Double.longBitsToDouble(number(array, at, Double.BYTES));
      case BYTES -> Arrays.copyOfRange(array, at, array.length);
      case BUFFER -> Buffer.buffer(Arrays.copyOfRange(array, at, array.length));
      case CLUSTER_SERIALIZABLE -> clusterSerializable(array, at, fallback);
      case SERIALIZABLE -> serializable(array, at, fallback);
      default -> throw new IllegalArgumentException("a value of unknown type " + (type & 0xff));
    };
  }

  private static Bytes tagged(byte type, byte[] content) {
    byte[] tagged = new byte[content.length + 1];
    tagged[0] = type;
    System.arraycopy(content, 0, tagged, 1, content.length);
    return Bytes.of(tagged);
  }

  private static Bytes number(byte type, long number, int length) {
    byte[] tagged = new byte[length + 1];
    tagged[0] = type;
    long rest = number;
    for (int i = length; i > 0; i--) {
      tagged[i] = (byte) rest;
      rest >>= Byte.SIZE;
    }
    return Bytes.of(tagged);
  }

  private static long number(byte[] array, int at, int length) {
    if (array.length - at != length) {
      throw new IllegalArgumentException("a number of " + (array.length - at) + " bytes");
    }
    long number = array[at];
    for (int i = at + 1; i < array.length; i++) {
      number = (number << Byte.SIZE) | (array[i] & 0xff);
    }
    return number;
  }

  private static byte[] chars(String text) {
    ByteBuffer chars = ByteBuffer.allocate(Character.BYTES * text.length());
    chars.asCharBuffer().put(text);
    return chars.array();
  }

  /** No charset has a form for those. */
  private static boolean hasLoneSurrogate(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (i + 1 == text.length() || !Character.isSurrogatePair(c, text.charAt(i + 1))) {
          return true;
        }
        i++;
      }
    }
    return false;
  }

  private static Object clusterSerializable(byte[] array, int at, ClassLoader fallback) {
    int length = ByteBuffer.wrap(array, at, Short.BYTES).getShort() & 0xffff;
    int content = at + Short.BYTES + length;
    String name = new String(array, at + Short.BYTES, length, StandardCharsets.UTF_8);
    try {
      ClusterSerializable read =
          load(name, fallback)
              .asSubclass(ClusterSerializable.class)
              .getDeclaredConstructor()
              .newInstance();
      read.readFromBuffer(0, Buffer.buffer(Arrays.copyOfRange(array, content, array.length)));
      return read;
    } catch (ReflectiveOperationException | ClassCastException e) {
      throw new IllegalArgumentException("cannot read a " + name + ": " + e, e);
    }
  }

  private static Bytes serializable(Object value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(SERIALIZABLE);
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot write a " + value.getClass().getName(), e);
    }
    return Bytes.of(bytes.toByteArray());
  }

  private static Object serializable(byte[] array, int at, ClassLoader fallback) {
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(array, at, array.length - at)) {
          @Override
          protected Class<?> resolveClass(ObjectStreamClass described)
              throws IOException, ClassNotFoundException {
            try {
              return load(described.getName(), fallback);
            } catch (ClassNotFoundException e) {
              return super.resolveClass(described); // knows the primitive types
            }
          }
        }) {
      return in.readObject();
    } catch (IOException | ClassNotFoundException e) {
      throw new IllegalArgumentException("cannot read a serialized value: " + e, e);
    }
  }

  private static Class<?> load(String name, ClassLoader fallback) throws ClassNotFoundException {
    ClassLoader caller = Thread.currentThread().getContextClassLoader();
    if (caller != null) {
      try {
        return Class.forName(name, false, caller);
      } catch (ClassNotFoundException e) {
        return Class.forName(name, false, fallback);
      }
    }
    return Class.forName(name, false, fallback);
  }
}
