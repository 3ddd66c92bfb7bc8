package io.quorate.vertx.grpc;

import io.vertx.grpc.common.GrpcStatus;

/** A call refused by the edge itself, not by etcd's rules. No stack trace: it is an answer. */
final class RpcException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final GrpcStatus status;

  RpcException(GrpcStatus status, String message) {
    super(message, null, false, false);
    this.status = status;
  }

  static RpcException invalid(String message) {
    return new RpcException(GrpcStatus.INVALID_ARGUMENT, message);
  }

  GrpcStatus status() {
    return status;
  }
}
