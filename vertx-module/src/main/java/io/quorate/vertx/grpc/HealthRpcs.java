package io.quorate.vertx.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.vertx.proto.health.HealthCheckRequest;
import io.quorate.vertx.proto.health.HealthCheckResponse;
import io.quorate.vertx.proto.health.HealthCheckResponse.ServingStatus;
import io.quorate.vertx.proto.health.HealthListRequest;
import io.quorate.vertx.proto.health.HealthListResponse;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.server.GrpcServerRequest;

/**
 * {@code grpc.health.v1.Health}: the server as a whole (the empty name) serves as long as it
 * answers; other names are not known.
 */
final class HealthRpcs {
  private static final ServiceName SERVICE = ServiceName.create("grpc.health.v1.Health");

  void bind(RpcServer server) {
    server.<HealthCheckRequest, HealthCheckResponse>unary(
        SERVICE,
        "Check",
        HealthCheckRequest.parser(),
        (store, request) ->
            request.getService().isEmpty()
                ? Future.succeededFuture(answer(ServingStatus.SERVING))
                : Future.failedFuture(new RpcException(GrpcStatus.NOT_FOUND, "unknown service")),
        (status, answer) -> answer);
    server.<HealthListRequest, HealthListResponse>unary(
        SERVICE,
        "List",
        HealthListRequest.parser(),
        (store, request) ->
            Future.succeededFuture(
                HealthListResponse.newBuilder()
                    .putStatuses("", answer(ServingStatus.SERVING))
                    .build()),
        (status, answer) -> answer);
    server.<HealthCheckRequest>stream(
        SERVICE,
        "Watch",
        HealthCheckRequest.parser(),
        (request, decoder) -> new WatchHealth(server, request, decoder));
  }

  private static HealthCheckResponse answer(ServingStatus status) {
    return HealthCheckResponse.newBuilder().setStatus(status).build();
  }

  /** Says how it is, then stays open: the status does not change before the server stops. */
  private static final class WatchHealth extends StreamCall<HealthCheckRequest> {
    private boolean received;

    WatchHealth(
        RpcServer server,
        GrpcServerRequest<HealthCheckRequest, MessageLite> request,
        GrpcMessageDecoder<HealthCheckRequest> decoder) {
      super(server, request, decoder);
    }

    @Override
    void received(HealthCheckRequest message) {
      if (!received) {
        received = true;
        send(
            answer(
                message.getService().isEmpty()
                    ? ServingStatus.SERVING
                    : ServingStatus.SERVICE_UNKNOWN));
      }
    }

    @Override
    void halfClosed() {
      if (!received) {
        fail(GrpcStatus.INTERNAL, "grpc: request without a message");
      }
    }

    @Override
    void flowChanged(boolean flowing) {}
  }
}
