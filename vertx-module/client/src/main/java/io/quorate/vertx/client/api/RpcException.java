package io.quorate.vertx.client.api;

import io.vertx.grpc.common.GrpcStatus;

/** A call refused by the edge itself, not by etcd's rules. No stack trace: it is an answer. */
public final class RpcException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final GrpcStatus status;

  public RpcException(GrpcStatus status, String message) {
    super(message, null, false, false);
    this.status = status;
  }

  public static RpcException invalid(String message) {
    return new RpcException(GrpcStatus.INVALID_ARGUMENT, message);
  }

  public GrpcStatus status() {
    return status;
  }
}
