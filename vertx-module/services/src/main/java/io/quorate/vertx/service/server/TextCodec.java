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
 * Converts between bytes and strings, with the encoding of one request.
 *
 * @param encoding of all keys and values in the request and its answer
 */
record TextCodec(Encoding encoding) {
  static final TextCodec UTF8 = new TextCodec(Encoding.UTF8);

  static TextCodec of(@Nullable Encoding encoding) {
    return encoding == null ? UTF8 : new TextCodec(encoding);
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
      throw ServerFailures.wrong(name, "is not base64 with padding");
    }
  }

  /** Refuses unpaired surrogates, which have no UTF-8 form. */
  private static Bytes utf8(String name, String text) {
    try {
      ByteBuffer encoded =
          StandardCharsets.UTF_8.newEncoder().encode(java.nio.CharBuffer.wrap(text));
      byte[] array = new byte[encoded.remaining()];
      encoded.get(array);
      return Bytes.of(array);
    } catch (CharacterCodingException e) {
      throw ServerFailures.wrong(name, "is not text: it holds half a character");
    }
  }

  /** A key in an answer. */
  String key(Bytes key) {
    return text(key, key, "the key ");
  }

  /**
   * A value in an answer.
   *
   * @param key the key of that value
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
      throw ServerFailures.exception(
          ServiceFailure.NOT_UTF8, what + key + " is not text; ask for BASE64");
    }
  }
}
