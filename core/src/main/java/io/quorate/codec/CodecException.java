package io.quorate.codec;

/** Bytes that are not what they should be; the message says what and where. */
public final class CodecException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CodecException(String message) {
    super(message);
  }
}
