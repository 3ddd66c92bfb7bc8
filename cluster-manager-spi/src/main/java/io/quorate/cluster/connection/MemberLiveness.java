package io.quorate.cluster.connection;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.vertx.client.QuorateStore;
import io.quorate.vertx.client.log.Logger;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Keeps a member's liveness key: a key on a lease that the member renews. Whether a member is alive
 * is read from the store, so all members see the same.
 */
final class MemberLiveness {
  private static final Logger LOG = Logger.getLogger(MemberLiveness.class);

  /** The liveness keys in the store. */
  record LiveMembers(String keyPrefix) {
    private String prefix() {
      return keyPrefix + "q/m/";
    }

    Bytes key(long memberId) {
      return Bytes.utf8(prefix() + Long.toHexString(memberId));
    }

    /** Ids of the live members; a serializable read, so it may be behind. */
    Future<Set<Long>> present(QuorateStore store) {
      int skip = prefix().length();
      Command.Range range =
          Command.Range.of(KeyRange.prefix(Bytes.utf8(prefix())))
              .withSerializable(true)
              .withKeysOnly(true);
      return store
          .range(range)
          .map(
              ranged ->
                  ranged.kvs().stream()
                      .map(kv -> new String(kv.key().array(), StandardCharsets.UTF_8))
                      .map(key -> Long.parseUnsignedLong(key.substring(skip), 16))
                      .collect(Collectors.toSet()));
    }
  }

  private final Vertx vertx;
  private final QuorateStore store;
  private final Bytes key;
  private final long ttlSeconds;
  private final Promise<Void> shown = Promise.promise();

  // ---- under the lock of this
  private long leaseId;
  private boolean ended;

  MemberLiveness(
      Vertx vertx, QuorateStore store, LiveMembers liveMembers, long memberId, long ttlMillis) {
    this.vertx = vertx;
    this.store = store;
    this.key = liveMembers.key(memberId);
    this.ttlSeconds = Math.max(1, (ttlMillis + 999) / 1_000);
  }

  /**
   * Puts the key, and renews it until {@link #end}.
   *
   * @return completes when the key is in the store
   */
  Future<Void> begin() {
    show();
    return shown.future();
  }

  private synchronized void show() {
    if (ended) {
      return;
    }
    store
        .leaseGrant(0, ttlSeconds)
        .compose(
            granted -> {
              remember(granted.id());
              return store
                  .put(Command.Put.of(key, Bytes.EMPTY).onLease(granted.id()))
                  .map(put -> granted.ttlSeconds());
            })
        .onSuccess(
            ttl -> {
              shown.tryComplete();
              vertx.setTimer(ttl * 1_000 / 3, timer -> renew(ttl));
            })
        .onFailure(
            e -> {
              LOG.debug("cannot show presence yet: {}", e.toString());
              vertx.setTimer(200, timer -> show());
            });
  }

  private synchronized void remember(long id) {
    leaseId = id;
  }

  private synchronized void renew(long ttl) {
    if (ended) {
      return;
    }
    store
        .leaseKeepAlive(leaseId)
        .onComplete(
            (time, e) -> {
              if (e == null && time.grantedTtlSeconds() == 0) {
                show(); // the lease has expired
              } else {
                vertx.setTimer(e == null ? ttl * 1_000 / 3 : 200, timer -> renew(ttl));
              }
            });
  }

  /** Revokes the lease; completes with the store's answer. */
  synchronized Future<Void> end() {
    if (ended) {
      return Future.succeededFuture();
    }
    ended = true;
    return leaseId == 0 ? Future.succeededFuture() : store.leaseRevoke(leaseId).mapEmpty();
  }
}
