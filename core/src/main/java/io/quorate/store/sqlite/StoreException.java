package io.quorate.store.sqlite;

import java.io.IOException;

/** A store or data directory cannot be used; the message says in one line which file and why. */
public class StoreException extends IOException {
  private static final long serialVersionUID = 1L;

  public StoreException(String message) {
    super(message);
  }

  public StoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
