package io.quorate.vertx.client;

/** No endpoint could be connected to within the request time-out; nothing was sent. */
public final class UnreachableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param what the request, for people
   */
  public UnreachableException(String what, Throwable cause) {
    super(
        what + " could not be sent: " + (cause.getMessage() == null ? cause : cause.getMessage()),
        cause);
  }
}
