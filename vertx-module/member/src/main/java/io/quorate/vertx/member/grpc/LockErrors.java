package io.quorate.vertx.member.grpc;

import io.quorate.command.EtcdException;
import io.quorate.vertx.client.api.RpcException;
import io.quorate.vertx.member.lock.LockException;
import io.vertx.grpc.common.GrpcStatus;

/**
 * The errors of the lock and election services. etcd runs them over a client of its own, which
 * loses the codes of the store's errors: clients get UNKNOWN for all of them.
 */
final class LockErrors {
  private LockErrors() {}

  /** Other failures are returned unchanged. */
  static Throwable coded(Throwable failure) {
    return failure instanceof EtcdException || failure instanceof LockException
        ? new RpcException(GrpcStatus.UNKNOWN, String.valueOf(failure.getMessage()))
        : failure;
  }
}
