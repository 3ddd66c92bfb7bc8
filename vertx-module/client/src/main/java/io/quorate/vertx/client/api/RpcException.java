package io.quorate.vertx.client.api;

import io.vertx.grpc.common.GrpcStatus;

/**
 * A call that is refused before it reaches the store. It has no stack trace because it is a
 * response, not a fault.
 */
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

  public static RpcException unimplemented(String message) {
    return new RpcException(GrpcStatus.UNIMPLEMENTED, message);
  }

  public GrpcStatus status() {
    return status;
  }
}
