package io.quorate.vertx.server.launch;

/** The command line itself is wrong (exit code 2), as opposed to a value on it (exit code 1). */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
