package io.quorate.vertx.client;

/**
 * A request that changes data was sent, and no answer came: it may have been executed, or may still
 * be executed. Read to find out; sending it again might execute it twice.
 */
public final class UnknownOutcomeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param what description of the request, for the message
   */
  public UnknownOutcomeException(String what, Throwable cause) {
    super("unknown outcome of " + what + ": " + cause.getMessage(), cause);
  }
}
