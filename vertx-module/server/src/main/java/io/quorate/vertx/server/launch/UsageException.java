package io.quorate.vertx.server.launch;

/** The command line is malformed (exit code 2); a wrong value is another error (exit code 1). */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
