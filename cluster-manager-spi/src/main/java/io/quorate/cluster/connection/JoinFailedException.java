package io.quorate.cluster.connection;

/** A process could not join a cluster; the message says what was missing. */
public final class JoinFailedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  JoinFailedException(String message) {
    super(message);
  }

  JoinFailedException(String message, Throwable cause) {
    super(message + ": " + (cause.getMessage() == null ? cause : cause.getMessage()), cause);
  }
}
