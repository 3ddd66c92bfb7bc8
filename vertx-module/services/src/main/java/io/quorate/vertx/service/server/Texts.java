package io.quorate.vertx.service.server;

import io.quorate.command.Bytes;
import io.quorate.vertx.service.Encoding;
import io.quorate.vertx.service.ServiceFailure;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Bytes as strings, by the encoding of one request.
 *
 * @param encoding of all keys and values in it and its answer
 */
record Texts(Encoding encoding) {
  static final Texts UTF8 = new Texts(Encoding.UTF8);

  static Texts of(@Nullable Encoding encoding) {
    return encoding == null ? UTF8 : new Texts(encoding);
  }

  /**
   * @param name of the argument
   */
  Bytes bytes(String name, String text) {
    if (encoding == Encoding.UTF8) {
      return utf8(name, text);
    }
    try {
      return Bytes.of(Base64.getDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      throw Answers.wrong(name, "is not base64 with padding");
    }
  }

  /** Half a surrogate pair has no bytes. */
  private static Bytes utf8(String name, String text) {
    try {
      ByteBuffer encoded =
          StandardCharsets.UTF_8.newEncoder().encode(java.nio.CharBuffer.wrap(text));
      byte[] array = new byte[encoded.remaining()];
      encoded.get(array);
      return Bytes.of(array);
    } catch (CharacterCodingException e) {
      throw Answers.wrong(name, "is not text: it holds half a character");
    }
  }

  /** A key of an answer. */
  String key(Bytes key) {
    return text(key, key, "the key ");
  }

  /**
   * A value of an answer.
   *
   * @param key whose
   */
  String value(Bytes key, Bytes value) {
    return text(value, key, "the value of ");
  }

  private String text(Bytes bytes, Bytes key, String what) {
    if (encoding == Encoding.BASE64) {
      return Base64.getEncoder().encodeToString(bytes.array());
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.array())).toString();
    } catch (CharacterCodingException e) {
      throw Answers.exception(ServiceFailure.NOT_UTF8, what + key + " is not text; ask for BASE64");
    }
  }
}
