package io.quorate.vertx.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.command.Result.MemberStatus;
import io.quorate.vertx.client.MemberStore;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.server.GrpcServerRequest;
import java.util.function.BiFunction;
import java.util.function.Predicate;

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

  UnaryCall(RpcServer server, GrpcServerRequest<Q, MessageLite> request, Method<Q, R> method) {
    super(server, request, method.decoder());
    this.method = method;
  }

  @Override
  boolean isForLearners(Q message) {
    return method.onLearner().test(message);
  }

  @Override
  Future<?> work(MemberStore store, Q asked) {
    Future<R> result = method.call().apply(store, asked);
    result.onComplete((answer, failure) -> answer(answer, failure, method.answer()));
    return result;
  }
}
