package io.quorate.bbolt;

import java.io.IOException;

/** A file is not a sound bbolt database; the message says in one line what is wrong and where. */
public final class BoltException extends IOException {
  private static final long serialVersionUID = 1L;

  public BoltException(String message) {
    super(message);
  }
}
