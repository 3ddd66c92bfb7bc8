package io.quorate.vertx.service;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;

/**
 * The services for Java callers: proxies with repetition of calls, watches, and leases that are
 * kept alive. Opens nothing until it is used. Any thread; futures complete on the caller's context.
 *
 * <p>Failures are {@link io.vertx.serviceproxy.ServiceException} with a code of {@link
 * ServiceFailure}; their debug information contains its {@code name} and {@code grpcCode}. Calls
 * that may be executed twice are repeated, at another instance if there is one, until the request
 * time-out.
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

  /** The services at the default addresses. */
  public static QuorateServices of(Vertx vertx) {
    return of(vertx, new QuorateServicesOptions());
  }

  /**
   * @param options the address prefix and the request time-out; the others are not used here
   */
  public static QuorateServices of(Vertx vertx, QuorateServicesOptions options) {
    return new QuorateServices(vertx, options);
  }

  private <T> T caller(Class<T> service, ServiceName name) {
    return RetryingProxy.at(service, vertx, name.address(prefix), timeoutMillis);
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
   * Starts a watch that continues at another instance when its own is gone. Events are delivered
   * once a handler is set, on the context of this call.
   *
   * @param request its address is ignored
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
   * @param ttlSeconds at least 1; raised to the store's minimum
   */
  public Future<LeaseKeeper> keepLease(long ttlSeconds) {
    return LeaseKeeper.grant(vertx, leases, ttlSeconds);
  }
}
