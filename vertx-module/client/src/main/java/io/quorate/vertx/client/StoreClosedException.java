package io.quorate.vertx.client;

import org.jspecify.annotations.Nullable;

/**
 * The store was closed, or its Vert.x was, before the answer to this request. A request that
 * changes something and may have been executed fails with {@link UnknownOutcomeException} instead.
 */
public final class StoreClosedException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  /**
   * @param cause what came of it; null if nothing was tried any more
   */
  public StoreClosedException(@Nullable Throwable cause) {
    super("the store is closed", cause);
  }
}
