package io.quorate.vertx.service;

import io.vertx.codegen.annotations.ProxyGen;
import io.vertx.codegen.annotations.VertxGen;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;

/**
 * Leases: what hangs on one goes when it ends. Whoever was granted one keeps it alive; a service
 * never does that for a caller, so of a caller that dies nothing is left. Failures carry a code of
 * {@link ServiceFailure}.
 */
@ProxyGen
@VertxGen
public interface LeaseService {

  /** The service at {@code address}, with failures told apart and reads asked again elsewhere. */
  static LeaseService createProxy(Vertx vertx, String address) {
    return Callers.at(LeaseService.class, vertx, address);
  }

  /**
   * @param ttlSeconds at least 1, and raised to the store's minimum; the answer says what was
   *     granted
   */
  Future<LeaseGranted> grant(long ttlSeconds);

  Future<LeaseGranted> grantWith(LeaseGrantRequest request);

  /** Resets the lease's time. Fails with {@code LEASE_NOT_FOUND} if it has ended. */
  Future<LeaseTime> keepAlive(String leaseId);

  /** Ends the lease and deletes what hangs on it, in one revision; gives that of the store. */
  Future<Long> revoke(String leaseId);

  /** What is left of its time. Fails with {@code LEASE_NOT_FOUND} if it has ended. */
  Future<LeaseTime> timeToLive(LeaseTimeToLiveRequest request);

  /** Ids of all leases. */
  Future<List<String>> leases();
}
