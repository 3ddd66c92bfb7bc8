package io.quorate.snapshot;

import java.io.IOException;

/** A file is no snapshot that can be used; the message says in one line what is wrong with it. */
public final class SnapshotException extends IOException {
  private static final long serialVersionUID = 1L;

  public SnapshotException(String message) {
    super(message);
  }

  public SnapshotException(String message, Exception cause) {
    super(message, cause);
  }
}
