package io.quorate.codec;

/** Bytes that cannot be decoded; the message says what is wrong with them, and where. */
public final class CodecException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CodecException(String message) {
    super(message);
  }
}
