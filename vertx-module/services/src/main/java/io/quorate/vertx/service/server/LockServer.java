package io.quorate.vertx.service.server;

import static io.quorate.vertx.service.server.Arguments.id;
import static io.quorate.vertx.service.server.Arguments.notEmpty;

import io.quorate.command.Bytes;
import io.quorate.vertx.service.Acquired;
import io.quorate.vertx.service.LockRequest;
import io.quorate.vertx.service.LockService;
import io.vertx.core.Future;

/** Locks. */
final class LockServer implements LockService {
  private final Waiting waiting;

  LockServer(Waiting waiting) {
    this.waiting = waiting;
  }

  @Override
  public Future<Acquired> lock(LockRequest request) {
    return Answers.of(
        () ->
            waiting.enter(
                notEmpty("name", request.getName()),
                id("leaseId", request.getLeaseId()),
                Bytes.EMPTY,
                request.getWaitMillis()));
  }

  @Override
  public Future<Boolean> unlock(String key, long fencingToken) {
    return Answers.of(() -> waiting.leave(key, fencingToken));
  }
}
