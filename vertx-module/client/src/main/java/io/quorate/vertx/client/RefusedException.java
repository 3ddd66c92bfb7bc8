package io.quorate.vertx.client;

/**
 * The store answered with an error that is not part of etcd's contract, for example a missing
 * permission.
 */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int code;

  /**
   * @param code the number of the gRPC status
   * @param message the store's error message
   */
  public RefusedException(int code, String message) {
    super(message);
    this.code = code;
  }

  /** The number of the gRPC status. */
  public int code() {
    return code;
  }
}
