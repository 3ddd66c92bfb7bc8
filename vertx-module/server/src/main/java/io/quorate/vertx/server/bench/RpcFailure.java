package io.quorate.vertx.server.bench;

/** A request that got no answer or a bad one; the message is what the summary counts by. */
final class RpcFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RpcFailure(String message) {
    super(message, null, false, false);
  }
}
