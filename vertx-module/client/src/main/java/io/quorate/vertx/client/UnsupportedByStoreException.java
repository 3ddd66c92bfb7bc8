package io.quorate.vertx.client;

/** The store does not know this kind of request: an etcd was asked for what only Quorate does. */
public final class UnsupportedByStoreException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param what the request, for people
   * @param reason what the store said
   */
  public UnsupportedByStoreException(String what, String reason) {
    super(what + " is not supported by this store: " + reason);
  }
}
