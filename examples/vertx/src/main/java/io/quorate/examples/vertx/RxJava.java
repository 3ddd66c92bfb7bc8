package io.quorate.examples.vertx;

import io.quorate.cluster.QuorateClusterManager;
import io.quorate.vertx.rxjava3.service.KvService;
import io.quorate.vertx.rxjava3.service.QuorateServices;
import io.quorate.vertx.service.KeyValuePair;
import io.quorate.vertx.service.LockRequest;
import io.quorate.vertx.service.QuorateServicesOptions;
import io.quorate.vertx.service.ServiceFailure;
import io.quorate.vertx.service.WatchDelivery;
import io.quorate.vertx.service.WatchEvent;
import io.quorate.vertx.service.WatchRequest;
import io.quorate.vertx.service.server.QuorateServicesBinder;
import io.quorate.vertx.service.server.ServicesRegistration;
import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Single;
import io.vertx.core.VertxOptions;
import io.vertx.rxjava3.core.Vertx;
import java.util.Objects;

/**
 * The services with RxJava 3. They are served in the same process here; who calls them needs but to
 * be on the same event bus.
 */
public final class RxJava {
  private static final String COLOUR = "rxjava/colour";
  private static final long LEASE_SECONDS = 5;
  private static final long WAIT_MILLIS = 10_000;

  private RxJava() {}

  public static void main(String[] args) {
    Vertx vertx = Vertx.rxClusteredVertx(new VertxOptions()).blockingGet();
    ServicesRegistration served =
        QuorateServicesBinder.bind(
                QuorateClusterManager.clientOf(vertx.getDelegate()), new QuorateServicesOptions())
            .await();
    QuorateServices services = QuorateServices.of(vertx);

    putAndGet(services.kv())
        .flatMapCompletable(begin -> watch(services, begin))
        .andThen(fail(services))
        .andThen(lock(services))
        .blockingAwait();

    served.close().await();
    vertx.close().blockingAwait();
  }

  // tag::kv[]
  /** What may be null is a Maybe. Gives the revision of the put. */
  private static Single<Long> putAndGet(KvService kv) {
    return kv.rxPut(COLOUR, "blue")
        .flatMapMaybe(put -> kv.rxGet(COLOUR))
        .doOnSuccess(read -> System.out.println("get: " + read.getValue()))
        .map(KeyValuePair::getModRevision)
        .toSingle();
  }

  // end::kv[]

  // tag::watch[]
  /** History is kept until it is compacted, so a watch may begin in the past. */
  private static Completable watch(QuorateServices services, long begin) {
    WatchRequest request = new WatchRequest().setPrefix("rxjava/").setStartRevision(begin);
    return services
        .kv()
        .rxPut(COLOUR, "green")
        .flatMap(put -> services.kv().rxDelete(COLOUR))
        .flatMapPublisher(deleted -> services.watch(request))
        .concatMapIterable(WatchDelivery::getEvents, 1) // the store waits for whoever is slow
        .take(3) // and the watch ends
        .doOnNext(event -> System.out.println("watch: " + told(event)))
        .ignoreElements();
  }

  // end::watch[]

  private static String told(WatchEvent event) {
    KeyValuePair kv = Objects.requireNonNull(event.getKv());
    return event.getType() + " of " + kv.getKey() + " " + kv.getValue();
  }

  /** A failure is an error with a code. */
  private static Completable fail(QuorateServices services) {
    return services
        .leases()
        .rxKeepAlive("1234")
        .map(time -> "renewed")
        .onErrorReturn(failure -> String.valueOf(ServiceFailure.of(failure)))
        .doOnSuccess(outcome -> System.out.println("a lease that nobody has: " + outcome))
        .ignoreElement();
  }

  // tag::lock[]
  /** A lock hangs on a lease, which is renewed until it is closed. */
  private static Completable lock(QuorateServices services) {
    return services
        .keepLease(LEASE_SECONDS)
        .flatMapCompletable(
            lease ->
                services
                    .locks()
                    .rxLock(
                        new LockRequest()
                            .setName("printer")
                            .setLeaseId(lease.leaseId())
                            .setWaitMillis(WAIT_MILLIS))
                    .doOnSuccess(held -> System.out.println("locked: " + held.getKey()))
                    .ignoreElement()
                    .andThen(lease.close()));
  }
  // end::lock[]
}
