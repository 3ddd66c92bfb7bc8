package io.quorate.vertx.client.recipe;

/**
 * What was waited for was not had within the time, is held, or the waiting was taken back or lost
 * its session. Nothing stays behind.
 */
public final class NotAcquiredException extends RuntimeException {
  private static final long serialVersionUID = 1;

  NotAcquiredException(String message) {
    super(message, null, false, false);
  }
}
