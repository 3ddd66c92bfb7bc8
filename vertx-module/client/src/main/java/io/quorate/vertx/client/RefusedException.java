package io.quorate.vertx.client;

/**
 * A store answered with an error that is none of those Quorate knows, such as the lack of a right.
 */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int code;

  /**
   * @param code number of the gRPC status
   * @param message what the store said
   */
  public RefusedException(int code, String message) {
    super(message);
    this.code = code;
  }

  /** Number of the gRPC status. */
  public int code() {
    return code;
  }
}
