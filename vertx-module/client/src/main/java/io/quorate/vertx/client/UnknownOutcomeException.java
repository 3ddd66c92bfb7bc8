package io.quorate.vertx.client;

/**
 * A request that changes something was sent, and no answer came: it may have been executed, or may
 * be executed yet. Reading tells, asking again might do it twice.
 */
public final class UnknownOutcomeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param what the request, for people
   */
  public UnknownOutcomeException(String what, Throwable cause) {
    super("unknown outcome of " + what + ": " + cause.getMessage(), cause);
  }
}
