package io.quorate.vertx.client.recipe;

/**
 * Not acquired: the time has passed, it is held by another, waiting was canceled, or the session
 * has ended. No key remains.
 */
public final class NotAcquiredException extends RuntimeException {
  private static final long serialVersionUID = 1;

  NotAcquiredException(String message) {
    super(message, null, false, false);
  }
}
