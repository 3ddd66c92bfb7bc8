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
 * A call with one request. It begins when there is room for its answer ({@link AnswerBudget}), and
 * stops when the client has cancelled.
 */
abstract class OneRequestCall<Q extends MessageLite> extends RpcCall<Q> {
  private boolean received;
  private boolean waiting;
  private final AnswerBudget.Waiter turn;

  /** The request while it waits for its turn; then the store has what it needs of it. */
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

  /** Whether a learner may answer this request. */
  abstract boolean isForLearners(Q message);

  /**
   * Executes the request and sends the answer.
   *
   * @param store the store to use; it drops requests of calls that have ended
   * @return completes when the work is done; the answer may still have to leave
   */
  abstract Future<?> work(MemberStore store, Q asked);

  /**
   * Answers with a result or a failure; does nothing if the call has ended.
   *
   * @param answer makes the response from the result and the member's status at that moment
   */
  @SuppressWarnings("NullAway") // the result is null only if R is Void
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
  void onEnd() {
    if (waiting) {
      waiting = false;
      account.withdraw(turn);
    }
  }
}
