package io.quorate.vertx.member.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.vertx.client.api.Rpc;
import io.quorate.vertx.member.store.MemberStore;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.server.GrpcServerRequest;

/** A call with one request that takes several requests to the store, and waits for nobody. */
final class RecipeCall<Q extends MessageLite, R> extends OneRequestCall<Q> {
  private final Steps<Q, R> steps;
  private final Rpc.Unary.Out<R> out;

  /** What is done for a request. */
  @FunctionalInterface
  interface Steps<Q, R> {
    Future<R> run(MemberStore store, Q asked);
  }

  RecipeCall(
      RpcServer server,
      GrpcServerRequest<Q, MessageLite> request,
      GrpcMessageDecoder<Q> decoder,
      Steps<Q, R> steps,
      Rpc.Unary.Out<R> out) {
    super(server, request, decoder);
    this.steps = steps;
    this.out = out;
  }

  @Override
  boolean isForLearners(Q message) {
    return false;
  }

  @Override
  Future<?> work(MemberStore store, Q asked) {
    // an error that is thrown gets its code as one that is returned
    Future<R> result = Future.succeededFuture().compose(begun -> steps.run(store, asked));
    result.onComplete(
        (done, failure) -> answer(done, failure == null ? null : LockErrors.coded(failure), out));
    return result;
  }
}
