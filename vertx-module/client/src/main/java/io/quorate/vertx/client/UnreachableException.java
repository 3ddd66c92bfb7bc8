package io.quorate.vertx.client;

import org.jspecify.annotations.Nullable;

/** No endpoint could be connected to within the request time-out; nothing was sent. */
public final class UnreachableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param what the request, for people
   * @param endpoint the last one that was tried
   * @param cause why that one could not be
   */
  public UnreachableException(String what, String endpoint, Throwable cause) {
    super(what + " could not be sent, at last to " + endpoint + ": " + reason(cause), cause);
  }

  /** What really happened is often said by the innermost cause only. */
  private static String reason(Throwable failure) {
    StringBuilder reason = new StringBuilder();
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String text = cause.getMessage() == null ? cause.toString() : cause.getMessage();
      if (reason.isEmpty()) {
        reason.append(text);
      } else if (reason.indexOf(text) < 0) {
        reason.append(": ").append(text);
      }
    }
    return reason.toString();
  }
}
