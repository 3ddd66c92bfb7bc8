package io.quorate.vertx.service;

import io.vertx.codegen.annotations.Nullable;
import io.vertx.codegen.annotations.ProxyGen;
import io.vertx.codegen.annotations.VertxGen;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Elections: of those who campaign the one that came first leads, until it resigns or its lease
 * ends. The lease is the caller's, who keeps it alive. The keys are those of etcd's own election
 * service. Failures carry a code of {@link ServiceFailure}.
 *
 * <p>Who wants to see every change of leader watches the prefix {@code name/} by {@link
 * WatchService} and asks {@link #leader} after each.
 */
@ProxyGen
@VertxGen
public interface ElectionService {

  /** The service at {@code address}, with failures told apart and reads asked again elsewhere. */
  static ElectionService createProxy(Vertx vertx, String address) {
    return Callers.at(ElectionService.class, vertx, address);
  }

  /**
   * Waits until it leads; as {@link LockService#lock}. Who campaigns again with the same lease
   * keeps the place and shows the new value.
   */
  Future<Acquired> campaign(CampaignRequest request);

  /** Shows another value. Fails with {@code NOT_HELD} if it does not lead any more. */
  Future<Void> proclaim(ProclaimRequest request);

  /**
   * Lets the next one lead.
   *
   * @param key as it was acquired
   * @param fencingToken as it was acquired
   * @return whether it still led; false, too, if the call was asked twice and the first had effect
   */
  Future<Boolean> resign(String key, long fencingToken);

  /**
   * The key of the leader, with its value as text, linearizable; null if nobody leads. Of values
   * that are no text it is read by {@link KvService#range}: the key of the prefix {@code name/}
   * that was created first.
   */
  Future<@Nullable KeyValue> leader(String name);
}
