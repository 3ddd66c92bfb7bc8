package io.quorate.vertx.service.server;

import static io.quorate.vertx.service.server.ArgumentChecks.between;

import io.quorate.command.Bytes;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.recipe.LeaseLine;
import io.quorate.vertx.service.Acquired;
import io.quorate.vertx.service.QuorateServicesOptions;
import io.quorate.vertx.service.ServiceFailure;
import io.vertx.core.Future;

/** Callers that wait for locks and elections, up to a limit. One context. */
final class WaitingCallers {
  private final QuorateClient client;
  private final int max;
  private final long maxWaitMillis;
  private int waiting;

  WaitingCallers(QuorateClient client, QuorateServicesOptions options) {
    this.client = client;
    this.max = options.getMaxWaiting();
    this.maxWaitMillis = options.getMaxWaitMillis();
  }

  /**
   * @param name of the lock or election
   */
  Future<Acquired> enter(String name, long leaseId, Bytes value, long waitMillis) {
    long wait = between("waitMillis", 0, maxWaitMillis, waitMillis);
    if (waiting >= max) {
      throw ServerFailures.exception(
          ServiceFailure.TOO_MANY_WAITING, "there are " + max + " waiting here already");
    }
    waiting++;
    return new LeaseLine(client, name)
        .enter(leaseId, value, wait)
        .onComplete(place -> waiting--)
        .map(
            place ->
                new Acquired()
                    .setKey(place.key().utf8())
                    .setFencingToken(place.createRevision())
                    .setRevision(place.revision()));
  }

  /** Completes with true if it was still held. */
  Future<Boolean> leave(String key, long fencingToken) {
    return LeaseLine.leave(client, key(key), token(fencingToken));
  }

  static Bytes key(@org.jspecify.annotations.Nullable String key) {
    return new KvMapping(TextCodec.UTF8).key("key", key);
  }

  static long token(long fencingToken) {
    return between("fencingToken", 1, Long.MAX_VALUE, fencingToken);
  }
}
