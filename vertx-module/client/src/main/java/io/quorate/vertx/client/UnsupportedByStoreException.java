package io.quorate.vertx.client;

/** The store does not support this kind of request: Quorate's own request was sent to an etcd. */
public final class UnsupportedByStoreException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param what description of the request, for the message
   * @param reason the store's error message
   */
  public UnsupportedByStoreException(String what, String reason) {
    super(what + " is not supported by this store: " + reason);
  }
}
