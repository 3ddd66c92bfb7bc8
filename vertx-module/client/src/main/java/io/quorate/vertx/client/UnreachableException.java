package io.quorate.vertx.client;

import org.jspecify.annotations.Nullable;

/** No endpoint accepted a connection within the request time-out. Nothing was sent. */
public final class UnreachableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param what description of the request, for the message
   * @param endpoint the last one tried
   * @param cause why the connection to it failed
   */
  public UnreachableException(String what, String endpoint, Throwable cause) {
    super(what + " could not be sent, at last to " + endpoint + ": " + reason(cause), cause);
  }

  /** Joins the messages of all causes: often only the innermost one names the real reason. */
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
