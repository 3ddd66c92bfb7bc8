package io.quorate.vertx.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.vertx.client.MemberStore;
import io.quorate.vertx.client.QuorateStore.MemberStatus;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.server.GrpcServerRequest;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One request, one answer that is made as a whole. */
final class UnaryCall<Q extends MessageLite, R> extends OneRequestCall<Q> {

  /**
   * What a unary RPC does.
   *
   * @param onLearner whether a learner may answer this request
   * @param answer the response for a result; the status is that of the moment of answering
   */
  record Method<Q extends MessageLite, R>(
      GrpcMessageDecoder<Q> decoder,
      Predicate<Q> onLearner,
      BiFunction<MemberStore, Q, Future<R>> call,
      BiFunction<MemberStatus, R, MessageLite> answer) {}

  private final Method<Q, R> method;
  private @Nullable Q message;

  UnaryCall(RpcServer server, GrpcServerRequest<Q, MessageLite> request, Method<Q, R> method) {
    super(server, request, method.decoder());
    this.method = method;
  }

  @Override
  boolean isForLearners(Q message) {
    return method.onLearner().test(message);
  }

  @Override
  void keep(Q message) {
    this.message = message;
  }

  @Override
  Future<?> work(MemberStore store) {
    Q asked = message;
    message = null; // for what is under way the store has it
    if (asked == null) {
      throw new IllegalStateException("begun without a request");
    }
    Future<R> result = method.call().apply(store, asked);
    result.onComplete(this::answer);
    return result;
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
