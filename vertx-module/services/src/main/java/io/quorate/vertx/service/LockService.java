package io.quorate.vertx.service;

import io.vertx.codegen.annotations.ProxyGen;
import io.vertx.codegen.annotations.VertxGen;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Locks: one holder at a time has one, in the order in which they came. They hang on a lease that
 * the caller was granted and keeps alive; when it ends, so does what it holds or waits for. The
 * keys are those of etcd's own lock service. Failures carry a code of {@link ServiceFailure}.
 */
@ProxyGen
@VertxGen
public interface LockService {

  /** The service at {@code address}, with failures told apart and reads asked again elsewhere. */
  static LockService createProxy(Vertx vertx, String address) {
    return Callers.at(LockService.class, vertx, address);
  }

  /**
   * Waits in line for a lock. A lease has one place in a line: who asks again with the same lease,
   * perhaps since the answer was lost, keeps the place, or has the lock as before.
   *
   * <p>Fails with {@code NOT_ACQUIRED} after {@code waitMillis}, and with {@code LEASE_NOT_FOUND}
   * as soon as the lease has ended. {@link QuorateServices} asks again each request time-out, so
   * that waiting goes on when the instance that was asked is gone. A caller that goes by the event
   * bus alone sets its send time-out longer than {@code waitMillis}.
   */
  Future<Acquired> lock(LockRequest request);

  /**
   * Gives a lock back.
   *
   * @param key as it was acquired
   * @param fencingToken as it was acquired
   * @return whether it was still held; false, too, if the call was asked twice and the first had
   *     effect
   */
  Future<Boolean> unlock(String key, long fencingToken);
}
