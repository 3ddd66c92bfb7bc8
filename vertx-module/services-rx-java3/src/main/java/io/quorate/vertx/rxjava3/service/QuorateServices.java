package io.quorate.vertx.rxjava3.service;

import io.quorate.vertx.service.QuorateServicesOptions;
import io.quorate.vertx.service.WatchDelivery;
import io.quorate.vertx.service.WatchReceiver;
import io.quorate.vertx.service.WatchRequest;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Single;
import io.vertx.rxjava3.FlowableHelper;
import io.vertx.rxjava3.core.Vertx;

/**
 * The services of a store, for a caller with RxJava; {@link
 * io.quorate.vertx.service.QuorateServices} with other types. Failures are the same. Any thread.
 */
public final class QuorateServices {
  private final io.quorate.vertx.service.QuorateServices delegate;
  private final KvService kv;
  private final LeaseService leases;
  private final WatchService watches;
  private final LockService locks;
  private final ElectionService elections;
  private final ClusterService cluster;

  private QuorateServices(io.quorate.vertx.service.QuorateServices delegate) {
    this.delegate = delegate;
    this.kv = new KvService(delegate.kv());
    this.leases = new LeaseService(delegate.leases());
    this.watches = new WatchService(delegate.watches());
    this.locks = new LockService(delegate.locks());
    this.elections = new ElectionService(delegate.elections());
    this.cluster = new ClusterService(delegate.cluster());
  }

  /** Those at the addresses that are used unless said otherwise. */
  public static QuorateServices of(Vertx vertx) {
    return of(vertx, new QuorateServicesOptions());
  }

  /**
   * @param options of which the address prefix and the request time-out count here
   */
  public static QuorateServices of(Vertx vertx, QuorateServicesOptions options) {
    return new QuorateServices(
        io.quorate.vertx.service.QuorateServices.of(vertx.getDelegate(), options));
  }

  /** What this stands before. */
  public io.quorate.vertx.service.QuorateServices getDelegate() {
    return delegate;
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
   * Watches from when it is subscribed to until it is canceled, each subscriber for itself, and
   * goes on at another instance when the one that serves is gone. A subscriber that requests
   * nothing has as many deliveries kept as the request grants; the store waits with the rest.
   *
   * <p>Fails if the watch cannot be begun, and with {@code COMPACTED} if changes that have not come
   * are compacted; never completes otherwise.
   *
   * @param request its address is not used
   */
  public Flowable<WatchDelivery> watch(WatchRequest request) {
    WatchRequest copy = new WatchRequest(request);
    return Flowable.defer(
        () -> {
          WatchReceiver receiver = delegate.watch(copy);
          return FlowableHelper.toFlowable(receiver).doFinally(receiver::close);
        });
  }

  /**
   * Grants a lease and keeps it alive until it is closed; one for each subscriber. A keeper that
   * comes when nobody is subscribed any more is closed.
   *
   * @param ttlSeconds at least 1, and raised to the store's minimum
   */
  public Single<LeaseKeeper> keepLease(long ttlSeconds) {
    return Single.create(
        emitter ->
            delegate
                .keepLease(ttlSeconds)
                .onFailure(emitter::tryOnError)
                .onSuccess(
                    keeper -> {
                      if (emitter.isDisposed()) {
                        keeper.close();
                      } else {
                        emitter.onSuccess(new LeaseKeeper(keeper));
                      }
                    }));
  }
}
