package io.quorate.vertx.member.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.vertx.client.api.Rpc;
import io.quorate.vertx.member.store.MemberStore;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.server.GrpcServerRequest;

/** A call with one request, and one answer that is made as a whole. */
final class UnaryCall<Q extends MessageLite, R> extends OneRequestCall<Q> {
  private final Rpc.Unary<Q, R> rpc;

  UnaryCall(
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
    Future<R> result = store.ask(rpc.in().request(asked, server.options().maxTxnOps()));
    result.onComplete((answer, failure) -> answer(answer, failure, rpc.out()));
    return result;
  }
}
