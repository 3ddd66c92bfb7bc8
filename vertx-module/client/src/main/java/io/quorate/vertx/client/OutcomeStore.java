package io.quorate.vertx.client;

import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.Request;
import io.quorate.command.WatchResponse;
import io.vertx.core.Future;
import io.vertx.core.Handler;

/**
 * Turns a failure of a request that changes data into {@link UnknownOutcomeException} where the
 * request may have been executed nevertheless.
 */
final class OutcomeStore implements QuorateStore {
  private final QuorateStore store;

  OutcomeStore(QuorateStore store) {
    this.store = store;
  }

  /** True if the error leaves open whether the request takes effect. */
  static boolean isOpen(EtcdError error) {
    return switch (error) {
      case TIMEOUT,
          TIMEOUT_LEADER_FAIL,
          TIMEOUT_CONNECTION_LOST,
          TIMEOUT_WAIT_APPLIED,
          TIMEOUT_LEADER_TRANSFER,
          LEADER_CHANGED,
          STOPPED,
          NO_LEADER ->
          true;
      default -> false;
    };
  }

  @Override
  public <R> Future<R> ask(Request<R> request) {
    Future<R> answer = store.ask(request);
    if (!request.changes()) {
      return answer;
    }
    return answer.recover(
        failure ->
            Future.failedFuture(
                failure instanceof EtcdException e && isOpen(e.error())
                    ? new UnknownOutcomeException(request.requestKind().toString(), failure)
                    : failure));
  }

  @Override
  public WatchChannel watch(Handler<WatchResponse> handler) {
    return store.watch(handler);
  }
}
