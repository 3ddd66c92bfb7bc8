package io.quorate.vertx.member.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.vertx.client.api.Rpc;
import io.quorate.vertx.member.store.MemberStore;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.server.GrpcServerRequest;

/** A call with one request that is answered at once, without the store. */
final class LocalCall<Q extends MessageLite> extends OneRequestCall<Q> {
  private final Rpc.Local<Q> rpc;

  LocalCall(
      RpcServer server,
      GrpcServerRequest<Q, MessageLite> request,
      GrpcMessageDecoder<Q> decoder,
      Rpc.Local<Q> rpc) {
    super(server, request, decoder);
    this.rpc = rpc;
  }

  @Override
  boolean isForLearners(Q message) {
    return false;
  }

  @Override
  Future<?> work(MemberStore store, Q asked) {
    finish(rpc.answer().apply(asked));
    return Future.succeededFuture();
  }
}
