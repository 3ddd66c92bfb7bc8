package io.quorate.vertx.grpc;

import io.quorate.vertx.proto.rpc.WatchRequest;
import io.vertx.core.Vertx;
import io.vertx.grpc.common.ServiceName;

/** {@code etcdserverpb.Watch}. */
final class WatchRpcs {
  private static final ServiceName SERVICE = ServiceName.create("etcdserverpb.Watch");

  private final Vertx vertx;

  WatchRpcs(Vertx vertx) {
    this.vertx = vertx;
  }

  void bind(RpcServer server) {
    server.<WatchRequest>stream(
        SERVICE,
        "Watch",
        WatchRequest.parser(),
        (request, decoder) -> new WatchCall(vertx, server, request, decoder));
  }
}
