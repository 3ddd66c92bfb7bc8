package io.quorate.vertx.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Result.MemberStatus;
import io.quorate.vertx.client.MemberStore;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.server.GrpcServerRequest;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One request whose answer is made as a whole and may be large: it begins when there is room for
 * what the index says the answer will be.
 */
final class WeighedCall<Q extends MessageLite, C extends Command.Op, R> extends OneRequestCall<Q> {
  /** What takes less is not waited for. */
  private static final long SMALL_BYTES = 64 << 10;

  /**
   * What such an RPC does.
   *
   * @param answer the response for a result; the status is that of the moment of answering
   */
  record Method<Q extends MessageLite, C extends Command.Op, R>(
      GrpcMessageDecoder<Q> decoder,
      Function<Q, C> command,
      BiFunction<MemberStore, C, Future<R>> call,
      BiFunction<MemberStatus, R, MessageLite> answer) {}

  private final Method<Q, C, R> method;
  private @Nullable Turn turn;

  /** For a large answer. */
  private final class Turn extends AnswerBudget.Waiter {
    private final Runnable go;
    private boolean begun;

    Turn(Runnable go) {
      this.go = go;
    }

    @Override
    void admitted() {
      begun = true;
      go.run();
    }
  }

  WeighedCall(RpcServer server, GrpcServerRequest<Q, MessageLite> request, Method<Q, C, R> method) {
    super(server, request, method.decoder());
    this.method = method;
  }

  @Override
  boolean isForLearners(Q message) {
    return false;
  }

  @Override
  Future<?> work(MemberStore store, Q asked) {
    C command = method.command().apply(asked);
    int requestBytes = asked.getSerializedSize();
    Future<Long> weighed = store.answerBytes(command);
    weighed
        .onSuccess(bytes -> whenThereIsRoom(bytes, requestBytes, () -> call(store, command)))
        .onFailure(this::fail);
    return weighed;
  }

  private void whenThereIsRoom(long answerBytes, int requestBytes, Runnable go) {
    if (isOver()) {
      return;
    }
    if (answerBytes <= SMALL_BYTES) {
      go.run();
      return;
    }
    Turn mine = new Turn(go);
    turn = mine;
    if (!account.admit(mine, answerBytes, requestBytes)) {
      turn = null;
      fail(EtcdError.TOO_MANY_REQUESTS.exception());
    }
  }

  private void call(MemberStore store, C command) {
    Future<R> result;
    try {
      result = method.call().apply(store, command);
    } catch (RuntimeException e) {
      result = Future.failedFuture(e);
    }
    result.onComplete(
        (answer, failure) -> {
          answer(answer, failure, method.answer());
          if (turn != null) {
            account.ended(turn); // the answer is on its way, and counts by itself
            turn = null;
          }
        });
  }

  /** Once it has begun, what is asked of the store is in memory until it is answered. */
  @Override
  void released() {
    super.released();
    if (turn != null && !turn.begun) {
      account.withdraw(turn);
      turn = null;
    }
  }
}
