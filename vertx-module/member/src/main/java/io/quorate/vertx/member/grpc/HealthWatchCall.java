package io.quorate.vertx.member.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.vertx.client.api.HealthMapping;
import io.quorate.vertx.client.proto.health.HealthCheckRequest;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcServerRequest;

/**
 * Sends the health status once and stays open: the status does not change while the server runs.
 */
final class HealthWatchCall extends StreamCall<HealthCheckRequest> {
  private boolean received;

  HealthWatchCall(
      RpcServer server,
      GrpcServerRequest<HealthCheckRequest, MessageLite> request,
      GrpcMessageDecoder<HealthCheckRequest> decoder) {
    super(server, request, decoder);
  }

  @Override
  void received(HealthCheckRequest message) {
    if (!received) {
      received = true;
      send(HealthMapping.watched(message));
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
