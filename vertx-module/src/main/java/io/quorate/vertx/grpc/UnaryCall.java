package io.quorate.vertx.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.vertx.client.QuorateStore.MemberStatus;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcServerRequest;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One request, one answer. A client that cancels is not listened for: the answer then goes nowhere,
 * as the command cannot be recalled anyway.
 */
final class UnaryCall<Q extends MessageLite, R> extends RpcCall<Q> {

  /**
   * What a unary RPC does.
   *
   * @param onLearner whether a learner may answer this request
   * @param answer the response for a result; the status is that of the moment of answering
   */
  record Method<Q extends MessageLite, R>(
      GrpcMessageDecoder<Q> decoder,
      Predicate<Q> onLearner,
      Function<Q, Future<R>> call,
      BiFunction<MemberStatus, R, MessageLite> answer) {}

  private final Method<Q, R> method;
  private boolean received;

  UnaryCall(RpcServer server, GrpcServerRequest<Q, MessageLite> request, Method<Q, R> method) {
    super(server, request, method.decoder());
    this.method = method;
  }

  @Override
  void received(Q message) {
    if (received) {
      return;
    }
    received = true;
    server.admit(request.headers(), method.onLearner().test(message));
    if (startDeadline()) {
      method.call().apply(message).onComplete(this::answer);
    }
  }

  @Override
  void halfClosed() {
    if (!received) {
      fail(GrpcStatus.INTERNAL, "grpc: request without a message");
    }
  }

  @SuppressWarnings("NullAway") // a result that succeeded is there, or null where R is Void
  private void answer(@Nullable R result, @Nullable Throwable failure) {
    if (isOver()) {
      return;
    }
    if (failure != null) {
      fail(failure);
      return;
    }
    try {
      finish(method.answer().apply(server.client().memberStatus(), result));
    } catch (RuntimeException e) {
      fail(e);
    }
  }
}
