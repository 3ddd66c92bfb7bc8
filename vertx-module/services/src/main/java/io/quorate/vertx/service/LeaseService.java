package io.quorate.vertx.service;

import io.vertx.codegen.annotations.ProxyGen;
import io.vertx.codegen.annotations.VertxGen;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;

/**
 * Leases: keys attached to a lease are deleted when it ends. The client that was granted a lease
 * keeps it alive; the service does not, so the keys of a client that dies are deleted. Failures
 * carry a code of {@link ServiceFailure}.
 */
@ProxyGen
@VertxGen
public interface LeaseService {

  /**
   * A proxy of the service at {@code address} that classifies failures and repeats calls which may
   * be executed twice.
   */
  static LeaseService createProxy(Vertx vertx, String address) {
    return RetryingProxy.at(LeaseService.class, vertx, address);
  }

  /**
   * @param ttlSeconds at least 1, raised to the store's minimum; the result contains the granted
   *     time
   */
  Future<LeaseGranted> grant(long ttlSeconds);

  Future<LeaseGranted> grantWith(LeaseGrantRequest request);

  /** Resets the lease's time. Fails with {@code LEASE_NOT_FOUND} if it has ended. */
  Future<LeaseTime> keepAlive(String leaseId);

  /**
   * Ends the lease and deletes the keys attached to it, in one revision. Completes with the store's
   * revision.
   */
  Future<Long> revoke(String leaseId);

  /** The remaining time of a lease. Fails with {@code LEASE_NOT_FOUND} if it has ended. */
  Future<LeaseTime> timeToLive(LeaseTimeToLiveRequest request);

  /** The ids of all leases, in hex. */
  Future<List<String>> leases();
}
