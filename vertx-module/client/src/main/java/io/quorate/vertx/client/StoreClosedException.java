package io.quorate.vertx.client;

import org.jspecify.annotations.Nullable;

/**
 * The store or its Vert.x was closed before this request was answered. A request that changes data
 * and may have been executed fails with {@link UnknownOutcomeException} instead.
 */
public final class StoreClosedException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  /**
   * @param cause the failure of the last attempt; null if there was no attempt
   */
  public StoreClosedException(@Nullable Throwable cause) {
    super("the store is closed", cause);
  }
}
