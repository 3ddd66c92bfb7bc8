package io.quorate.vertx.client.api;

import io.quorate.vertx.client.proto.health.HealthCheckRequest;
import io.quorate.vertx.client.proto.health.HealthCheckResponse;
import io.quorate.vertx.client.proto.health.HealthCheckResponse.ServingStatus;
import io.quorate.vertx.client.proto.health.HealthListRequest;
import io.quorate.vertx.client.proto.health.HealthListResponse;
import io.vertx.grpc.common.GrpcStatus;

/** {@code grpc.health.v1}: the server as a whole has the empty name; other names are not known. */
public final class HealthMapping {
  private HealthMapping() {}

  /**
   * @throws RpcException NOT_FOUND for another name
   */
  static HealthCheckResponse check(HealthCheckRequest request) {
    if (!request.getService().isEmpty()) {
      throw new RpcException(GrpcStatus.NOT_FOUND, "unknown service");
    }
    return answer(ServingStatus.SERVING);
  }

  static HealthListResponse list(HealthListRequest request) {
    return HealthListResponse.newBuilder().putStatuses("", answer(ServingStatus.SERVING)).build();
  }

  /** What a watch is told; it is not refused for another name. */
  public static HealthCheckResponse watched(HealthCheckRequest request) {
    return answer(
        request.getService().isEmpty() ? ServingStatus.SERVING : ServingStatus.SERVICE_UNKNOWN);
  }

  private static HealthCheckResponse answer(ServingStatus status) {
    return HealthCheckResponse.newBuilder().setStatus(status).build();
  }
}
