package io.quorate.vertx.client.api;

import io.quorate.vertx.client.proto.health.HealthCheckRequest;
import io.quorate.vertx.client.proto.health.HealthCheckResponse;
import io.quorate.vertx.client.proto.health.HealthCheckResponse.ServingStatus;
import io.quorate.vertx.client.proto.health.HealthListRequest;
import io.quorate.vertx.client.proto.health.HealthListResponse;
import io.vertx.grpc.common.GrpcStatus;

/** {@code grpc.health.v1}: the empty name stands for the whole server; other names are unknown. */
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

  /** The response to a watch. Another name gives SERVICE_UNKNOWN, not an error. */
  public static HealthCheckResponse watched(HealthCheckRequest request) {
    return answer(
        request.getService().isEmpty() ? ServingStatus.SERVING : ServingStatus.SERVICE_UNKNOWN);
  }

  private static HealthCheckResponse answer(ServingStatus status) {
    return HealthCheckResponse.newBuilder().setStatus(status).build();
  }
}
