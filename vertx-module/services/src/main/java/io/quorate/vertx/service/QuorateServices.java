package io.quorate.vertx.service;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;

/**
 * The services of a store, for a caller in Java: proxies, and what one call alone cannot do. Opens
 * nothing by itself. Any thread; futures complete on the caller's context.
 *
 * <p>Failures are {@link io.vertx.serviceproxy.ServiceException} with a code of {@link
 * ServiceFailure}, and its {@code name} and {@code grpcCode} as debug information. What may be
 * asked twice is asked again, at another instance if there is one, until the request time-out.
 */
public final class QuorateServices {
  private final Vertx vertx;
  private final String prefix;
  private final long timeoutMillis;
  private final KvService kv;
  private final LeaseService leases;
  private final WatchService watches;
  private final LockService locks;
  private final ElectionService elections;
  private final ClusterService cluster;

  private QuorateServices(Vertx vertx, QuorateServicesOptions options) {
    this.vertx = vertx;
    this.prefix = options.getAddressPrefix();
    this.timeoutMillis = options.getRequestTimeoutMillis();
    this.kv = caller(KvService.class, ServiceName.KV);
    this.leases = caller(LeaseService.class, ServiceName.LEASE);
    this.watches = caller(WatchService.class, ServiceName.WATCH);
    this.locks = caller(LockService.class, ServiceName.LOCK);
    this.elections = caller(ElectionService.class, ServiceName.ELECTION);
    this.cluster = caller(ClusterService.class, ServiceName.CLUSTER);
  }

  /** Those at the addresses that are used unless said otherwise. */
  public static QuorateServices of(Vertx vertx) {
    return of(vertx, new QuorateServicesOptions());
  }

  /**
   * @param options of which the address prefix and the request time-out count here
   */
  public static QuorateServices of(Vertx vertx, QuorateServicesOptions options) {
    return new QuorateServices(vertx, options);
  }

  private <T> T caller(Class<T> service, ServiceName name) {
    return Callers.at(service, vertx, name.address(prefix), timeoutMillis);
  }

  public KvService kv() {
    return kv;
  }

  public LeaseService leases() {
    return leases;
  }

  public WatchService watches() {
    return watches;
  }

  public LockService locks() {
    return locks;
  }

  public ElectionService elections() {
    return elections;
  }

  public ClusterService cluster() {
    return cluster;
  }

  /**
   * Watches, and goes on at another instance when the one that serves is gone. Events flow once a
   * handler is set; the stream lives on the context this is called on.
   *
   * @param request its address is not used
   */
  public WatchReceiver watch(WatchRequest request) {
    WatchReceiver receiver =
        new WatchReceiver(
            vertx, (ContextInternal) vertx.getOrCreateContext(), watches, prefix, request);
    receiver.start();
    return receiver;
  }

  /**
   * Grants a lease and keeps it alive.
   *
   * @param ttlSeconds at least 1, and raised to the store's minimum
   */
  public Future<LeaseKeeper> keepLease(long ttlSeconds) {
    return LeaseKeeper.grant(vertx, leases, ttlSeconds);
  }
}
