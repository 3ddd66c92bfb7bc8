package io.quorate.vertx.service.server;

import static io.quorate.vertx.service.server.ArgumentChecks.id;
import static io.quorate.vertx.service.server.ArgumentChecks.notEmpty;

import io.quorate.command.Bytes;
import io.quorate.vertx.service.Acquired;
import io.quorate.vertx.service.LockRequest;
import io.quorate.vertx.service.LockService;
import io.vertx.core.Future;

/** Serves {@link LockService}. */
final class LockServer implements LockService {
  private final WaitingCallers waiting;

  LockServer(WaitingCallers waiting) {
    this.waiting = waiting;
  }

  @Override
  public Future<Acquired> lock(LockRequest request) {
    return ServerFailures.of(
        () ->
            waiting.enter(
                notEmpty("name", request.getName()),
                id("leaseId", request.getLeaseId()),
                Bytes.EMPTY,
                request.getWaitMillis()));
  }

  @Override
  public Future<Boolean> unlock(String key, long fencingToken) {
    return ServerFailures.of(() -> waiting.leave(key, fencingToken));
  }
}
