package io.quorate.vertx.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.command.EtcdError;
import io.quorate.vertx.client.MemberStore;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcServerRequest;

/**
 * A call with one request. It is worked on when there is room for its answer ({@link
 * AnswerBudget}), and no further once the client has gone.
 */
abstract class OneRequestCall<Q extends MessageLite> extends RpcCall<Q> {
  private boolean received;
  private boolean waiting;
  private final AnswerBudget.Waiter turn;

  OneRequestCall(
      RpcServer server, GrpcServerRequest<Q, MessageLite> request, GrpcMessageDecoder<Q> decoder) {
    super(server, request, decoder);
    this.turn =
        new AnswerBudget.Waiter() {
          @Override
          void admitted() {
            waiting = false;
            begin();
          }
        };
  }

  /** Whether a learner may answer. */
  abstract boolean isForLearners(Q message);

  /**
   * Does what was asked for and answers.
   *
   * @param store to do it by: it leaves what nobody waits for any more
   * @return completes once nothing is done for this call any more, beside its answer being taken
   */
  abstract Future<?> work(MemberStore store);

  /** Keeps the request until it is its turn. */
  abstract void keep(Q message);

  @Override
  final void received(Q message) {
    if (received) {
      return;
    }
    received = true;
    server.admit(request.headers(), isForLearners(message));
    if (!startDeadline()) {
      return;
    }
    keep(message);
    waiting = true;
    if (!account.admit(turn, 0, message.getSerializedSize())) {
      waiting = false;
      fail(EtcdError.TOO_MANY_REQUESTS.exception());
    }
  }

  private void begin() {
    Future<?> work;
    try {
      work = work(server.client().onBehalfOf(account, this::isWanted));
    } catch (RuntimeException e) {
      fail(e);
      work = Future.succeededFuture();
    }
    work.onComplete(done -> account.ended(turn));
  }

  @Override
  final void halfClosed() {
    if (!received) {
      fail(GrpcStatus.INTERNAL, "grpc: request without a message");
    }
  }

  @Override
  void released() {
    if (waiting) {
      waiting = false;
      account.withdraw(turn);
    }
  }
}
