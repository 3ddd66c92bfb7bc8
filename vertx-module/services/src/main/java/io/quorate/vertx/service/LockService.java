package io.quorate.vertx.service;

import io.vertx.codegen.annotations.ProxyGen;
import io.vertx.codegen.annotations.VertxGen;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Locks with one holder at a time, granted in the order of the requests. A lock depends on a lease
 * that the caller was granted and keeps alive; when the lease ends, its locks and waiting requests
 * end. The keys are those of etcd's lock service. Failures carry a code of {@link ServiceFailure}.
 */
@ProxyGen
@VertxGen
public interface LockService {

  /**
   * A proxy of the service at {@code address} that classifies failures and repeats calls which may
   * be executed twice.
   */
  static LockService createProxy(Vertx vertx, String address) {
    return RetryingProxy.at(LockService.class, vertx, address);
  }

  /**
   * Waits in line for a lock. A lease has one place in a line: another request with the same lease,
   * for example because an answer was lost, keeps that place, or returns the lock if it is already
   * held.
   *
   * <p>Fails with {@code NOT_ACQUIRED} after {@code waitMillis}, and with {@code LEASE_NOT_FOUND}
   * as soon as the lease has ended. {@link QuorateServices} repeats the request after each request
   * time-out, so waiting continues if the asked instance is gone. A caller that uses the event bus
   * directly must set a send time-out longer than {@code waitMillis}.
   */
  Future<Acquired> lock(LockRequest request);

  /**
   * Releases a lock.
   *
   * @param key from {@link Acquired}
   * @param fencingToken from {@link Acquired}
   * @return whether it was still held; also false if the call was repeated and the first attempt
   *     succeeded
   */
  Future<Boolean> unlock(String key, long fencingToken);
}
