package io.quorate.vertx.member.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.command.EtcdError;
import io.quorate.vertx.client.api.Rpc;
import io.quorate.vertx.member.store.MemberStore;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcServerRequest;
import org.jspecify.annotations.Nullable;

/**
 * A call with one request. It is worked on when there is room for its answer ({@link
 * AnswerBudget}), and no further once the client has gone.
 */
abstract class OneRequestCall<Q extends MessageLite> extends RpcCall<Q> {
  private boolean received;
  private boolean waiting;
  private final AnswerBudget.Waiter turn;

  /** Until it is its turn; then the store has what it needs of it. */
  private @Nullable Q message;

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
  abstract Future<?> work(MemberStore store, Q asked);

  /**
   * Answers with a result, or the failure in place of it, unless there is nobody any more.
   *
   * @param answer the response for a result; the status is that of the moment of answering
   */
  @SuppressWarnings("NullAway") // a result that succeeded is there, or null where R is Void
  final <R> void answer(@Nullable R result, @Nullable Throwable failure, Rpc.Unary.Out<R> answer) {
    if (isOver()) {
      return;
    }
    if (failure != null) {
      fail(failure);
      return;
    }
    try {
      finish(answer.message(store.memberStatus(), result));
    } catch (RuntimeException e) {
      fail(e);
    }
  }

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
    this.message = message;
    waiting = true;
    if (!account.admit(turn, 0, message.getSerializedSize())) {
      waiting = false;
      fail(EtcdError.TOO_MANY_REQUESTS.exception());
    }
  }

  private void begin() {
    Q asked = message;
    message = null;
    if (asked == null) {
      throw new IllegalStateException("begun without a request");
    }
    Future<?> work;
    try {
      work = work(store.onBehalfOf(account, this::isWanted), asked);
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
