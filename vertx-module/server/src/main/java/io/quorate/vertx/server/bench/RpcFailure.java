package io.quorate.vertx.server.bench;

/** A request that failed; the summary groups failures by message. */
final class RpcFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RpcFailure(String message) {
    super(message, null, false, false);
  }
}
