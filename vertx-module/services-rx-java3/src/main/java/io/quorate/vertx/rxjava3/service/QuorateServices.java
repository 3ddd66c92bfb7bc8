package io.quorate.vertx.rxjava3.service;

import io.quorate.vertx.service.QuorateServicesOptions;
import io.quorate.vertx.service.WatchDelivery;
import io.quorate.vertx.service.WatchReceiver;
import io.quorate.vertx.service.WatchRequest;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Single;
import io.vertx.core.Context;
import io.vertx.rxjava3.ContextScheduler;
import io.vertx.rxjava3.FlowableHelper;
import io.vertx.rxjava3.core.Vertx;

/**
 * {@link io.quorate.vertx.service.QuorateServices} with RxJava's types. Failures are the same. Any
 * thread.
 */
public final class QuorateServices {
  private final Vertx vertx;
  private final io.quorate.vertx.service.QuorateServices delegate;
  private final KvService kv;
  private final LeaseService leases;
  private final WatchService watches;
  private final LockService locks;
  private final ElectionService elections;
  private final ClusterService cluster;

  private QuorateServices(Vertx vertx, io.quorate.vertx.service.QuorateServices delegate) {
    this.vertx = vertx;
    this.delegate = delegate;
    this.kv = new KvService(delegate.kv());
    this.leases = new LeaseService(delegate.leases());
    this.watches = new WatchService(delegate.watches());
    this.locks = new LockService(delegate.locks());
    this.elections = new ElectionService(delegate.elections());
    this.cluster = new ClusterService(delegate.cluster());
  }

  /** The services at the default addresses. */
  public static QuorateServices of(Vertx vertx) {
    return of(vertx, new QuorateServicesOptions());
  }

  /**
   * @param options the address prefix and the request time-out; the others are not used here
   */
  public static QuorateServices of(Vertx vertx, QuorateServicesOptions options) {
    return new QuorateServices(
        vertx, io.quorate.vertx.service.QuorateServices.of(vertx.getDelegate(), options));
  }

  /** The wrapped services. */
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
   * Starts one watch for each subscriber, until the subscription is canceled. It continues at
   * another instance when its own is gone. Without demand, at most as many deliveries are buffered
   * as the request grants; the service holds back the rest.
   *
   * <p>Fails if the watch cannot be started, and with {@code COMPACTED} if undelivered changes have
   * been compacted. It does not complete by itself.
   *
   * @param request its address is ignored
   */
  public Flowable<WatchDelivery> watch(WatchRequest request) {
    WatchRequest copy = new WatchRequest(request);
    return Flowable.defer(
        () -> {
          Context context = vertx.getDelegate().getOrCreateContext();
          // On the receiver's context, nothing can come between its start and the subscription.
          return Flowable.defer(() -> started(copy))
              .subscribeOn(new ContextScheduler(context, false));
        });
  }

  private Flowable<WatchDelivery> started(WatchRequest request) {
    WatchReceiver receiver = delegate.watch(request);
    return FlowableHelper.toFlowable(receiver).doFinally(receiver::close);
  }

  /**
   * For each subscriber, grants a lease and keeps it alive until it is closed. If the subscription
   * was canceled before the lease was granted, the lease is closed.
   *
   * @param ttlSeconds at least 1; raised to the store's minimum
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
