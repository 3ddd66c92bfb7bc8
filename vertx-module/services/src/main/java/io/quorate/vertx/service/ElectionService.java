package io.quorate.vertx.service;

import io.vertx.codegen.annotations.Nullable;
import io.vertx.codegen.annotations.ProxyGen;
import io.vertx.codegen.annotations.VertxGen;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Elections: the candidate that has campaigned longest leads, until it resigns or its lease ends.
 * The caller owns the lease and keeps it alive. The keys are those of etcd's election service.
 * Failures carry a code of {@link ServiceFailure}.
 *
 * <p>To follow every change of leader, watch the prefix {@code name/} with {@link WatchService} and
 * call {@link #leader} after each change.
 */
@ProxyGen
@VertxGen
public interface ElectionService {

  /**
   * A proxy of the service at {@code address} that classifies failures and repeats calls which may
   * be executed twice.
   */
  static ElectionService createProxy(Vertx vertx, String address) {
    return RetryingProxy.at(ElectionService.class, vertx, address);
  }

  /**
   * Waits until the candidate leads, as {@link LockService#lock} waits for a lock. Another campaign
   * with the same lease keeps its place and replaces its value.
   */
  Future<Acquired> campaign(CampaignRequest request);

  /** Replaces the leader's value. Fails with {@code NOT_HELD} if it no longer leads. */
  Future<Void> proclaim(ProclaimRequest request);

  /**
   * Ends a leadership, so that the next candidate leads.
   *
   * @param key from {@link Acquired}
   * @param fencingToken from {@link Acquired}
   * @return whether it still led; also false if the call was repeated and the first attempt
   *     succeeded
   */
  Future<Boolean> resign(String key, long fencingToken);

  /**
   * The leader's key and value as text; null if there is no leader. The read is linearizable. If
   * the value is not text, read it with {@link KvService#range}: it belongs to the key with the
   * prefix {@code name/} and the lowest create revision.
   */
  Future<@Nullable KeyValuePair> leader(String name);
}
