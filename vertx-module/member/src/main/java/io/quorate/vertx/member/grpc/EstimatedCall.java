package io.quorate.vertx.member.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Request;
import io.quorate.vertx.client.api.Rpc;
import io.quorate.vertx.member.store.MemberStore;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.server.GrpcServerRequest;
import org.jspecify.annotations.Nullable;

/**
 * A call with one request whose answer is made as a whole and may be large: it begins when there is
 * room for the size that the index gives for the answer.
 */
final class EstimatedCall<Q extends MessageLite, R> extends OneRequestCall<Q> {
  /** An answer of fewer bytes does not wait. */
  private static final long SMALL_BYTES = 64 << 10;

  private final Rpc.Unary<Q, R> rpc;
  private @Nullable Turn turn;

  /** The turn of a large answer. */
  private final class Turn extends AnswerBudget.Waiter {
    private final Runnable start;
    private boolean begun;

    Turn(Runnable start) {
      this.start = start;
    }

    @Override
    void admitted() {
      begun = true;
      start.run();
    }
  }

  EstimatedCall(
      RpcServer server,
      GrpcServerRequest<Q, MessageLite> request,
      GrpcMessageDecoder<Q> decoder,
      Rpc.Unary<Q, R> rpc) {
    super(server, request, decoder);
    this.rpc = rpc;
  }

  @Override
  boolean isForLearners(Q message) {
    return rpc.onLearner().test(message);
  }

  @Override
  Future<?> work(MemberStore store, Q asked) {
    Request<R> request = rpc.in().request(asked, server.options().maxTxnOps());
    int requestBytes = asked.getSerializedSize();
    Future<Long> estimated =
        request instanceof Command.Op op ? store.answerBytes(op) : Future.succeededFuture(0L);
    estimated
        .onSuccess(bytes -> whenThereIsRoom(bytes, requestBytes, () -> call(store, request)))
        .onFailure(this::fail);
    return estimated;
  }

  private void whenThereIsRoom(long answerBytes, int requestBytes, Runnable start) {
    if (isOver()) {
      return;
    }
    if (answerBytes <= SMALL_BYTES) {
      start.run();
      return;
    }
    Turn mine = new Turn(start);
    turn = mine;
    if (!account.admit(mine, answerBytes, requestBytes)) {
      turn = null;
      fail(EtcdError.TOO_MANY_REQUESTS.exception());
    }
  }

  private void call(MemberStore store, Request<R> request) {
    Future<R> result;
    try {
      result = store.ask(request);
    } catch (RuntimeException e) {
      result = Future.failedFuture(e);
    }
    result.onComplete(
        (answer, failure) -> {
          answer(answer, failure, rpc.out());
          if (turn != null) {
            account.ended(turn); // from here on the answer counts as written
            turn = null;
          }
        });
  }

  /** Holds the memory until the store has answered, also if the call ends earlier. */
  @Override
  void onEnd() {
    super.onEnd();
    if (turn != null && !turn.begun) {
      account.withdraw(turn);
      turn = null;
    }
  }
}
