package io.quorate.vertx.rxjava3.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.service.CampaignRequest;
import io.quorate.vertx.service.CompactRequest;
import io.quorate.vertx.service.KeyValuePair;
import io.quorate.vertx.service.LeaseTime;
import io.quorate.vertx.service.LockRequest;
import io.quorate.vertx.service.ProclaimRequest;
import io.quorate.vertx.service.QuorateServicesOptions;
import io.quorate.vertx.service.RangeRequest;
import io.quorate.vertx.service.ServiceFailure;
import io.quorate.vertx.service.WatchDelivery;
import io.quorate.vertx.service.WatchRequest;
import io.quorate.vertx.service.server.QuorateServicesBinder;
import io.quorate.vertx.service.server.ServicesRegistration;
import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.member.OneMember;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Maybe;
import io.reactivex.rxjava3.core.Single;
import io.reactivex.rxjava3.subscribers.TestSubscriber;
import io.vertx.rxjava3.core.Vertx;
import io.vertx.serviceproxy.ServiceException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One method of each kind, called on a real service over the bus. */
@Timeout(120)
class RxServicesTest {
  private static final int MAX_WATCHES = 1;

  private static OneMember member;
  private static Vertx vertx;
  private static QuorateClient client;
  private static ServicesRegistration registration;
  private static QuorateServices services;
  private static KvService kv;

  @BeforeAll
  static void serve(@TempDir Path dataDir) {
    QuorateServicesOptions options =
        new QuorateServicesOptions()
            .setMaxWatches(MAX_WATCHES)
            .setWatchProgressMillis(100)
            .setWatchReplyMillis(30_000);
    member = new OneMember(dataDir);
    vertx = Vertx.vertx();
    client = QuorateClient.over(vertx.getDelegate(), member.server().client(vertx.getDelegate()));
    registration = Await.await(QuorateServicesBinder.bind(client, options));
    services = QuorateServices.of(vertx);
    kv = services.kv();
  }

  @AfterAll
  static void close() {
    Void unused = Await.await(registration.close());
    unused = Await.await(client.close());
    vertx.close().blockingAwait();
    member.close();
  }

  private static long put(String key, String value) {
    return kv.rxPut(key, value).blockingGet().getRevision();
  }

  @Test
  void whatIsAlwaysThereIsASingle() {
    Single<Long> revisions =
        kv.rxPut("a", "1")
            .flatMap(put -> kv.rxRange(new RangeRequest().setKey("a")))
            .map(read -> read.getKvs().get(0).getModRevision());
    long first = revisions.blockingGet();
    assertThat(revisions.blockingGet()).as("asked anew").isGreaterThan(first);
    assertThat(services.cluster().rxMembers().blockingGet())
        .extracting(one -> one.getName())
        .containsExactly("one");
  }

  @Test
  void whatMayBeNullIsAMaybe() {
    assertThat(put("b", "1")).isPositive();
    Maybe<String> there = kv.rxGet("b").map(KeyValuePair::getValue);
    Maybe<String> absent = kv.rxGet("nothing").map(KeyValuePair::getValue);
    assertThat(there.blockingGet()).isEqualTo("1");
    assertThat(absent.blockingGet()).isNull();
    assertThat(absent.defaultIfEmpty("none").blockingGet()).isEqualTo("none");
    assertThat(services.elections().rxLeader("nobody").isEmpty().blockingGet()).isTrue();
  }

  @Test
  void whatSaysNothingIsACompletable() {
    LeaseKeeper lease = services.keepLease(60).blockingGet();
    String led =
        services
            .elections()
            .rxCampaign(
                new CampaignRequest().setName("e").setLeaseId(lease.leaseId()).setValue("1"))
            .flatMap(
                won ->
                    services
                        .elections()
                        .rxProclaim(
                            new ProclaimRequest()
                                .setKey(won.getKey())
                                .setFencingToken(won.getFencingToken())
                                .setValue("2"))
                        .andThen(services.elections().rxLeader("e").toSingle()))
            .map(KeyValuePair::getValue)
            .blockingGet();
    assertThat(led).isEqualTo("2");
    lease.close().blockingAwait();
  }

  @Test
  void withoutThePrefixItIsAskedAtOnceAndOnce() {
    Single<Long> put = kv.put("c", "1").map(done -> done.getRevision());
    Await.untilTrue("nobody has subscribed", () -> !kv.rxGet("c").isEmpty().blockingGet());
    assertThat(put.blockingGet()).isEqualTo(put.blockingGet());
    assertThat(kv.rxGet("c").blockingGet().getVersion()).isEqualTo(1);
  }

  @Test
  void aFailureIsAServiceExceptionWithItsCode() {
    ServiceException refused =
        failure(services.leases().rxKeepAlive("1234").map(LeaseTime::getTtlSeconds));
    assertThat(ServiceFailure.of(refused)).isEqualTo(ServiceFailure.LEASE_NOT_FOUND);
    assertThat(refused.getDebugInfo().getString("name")).isEqualTo("LEASE_NOT_FOUND");
    assertThat(ServiceFailure.of(failure(kv.rxRange(new RangeRequest()))))
        .isEqualTo(ServiceFailure.INVALID_ARGUMENT);
    assertThat(
            ServiceFailure.of(
                failure(
                    QuorateServices.of(
                            vertx, new QuorateServicesOptions().setAddressPrefix("nowhere"))
                        .cluster()
                        .rxStatus())))
        .isEqualTo(ServiceFailure.UNREACHABLE);
  }

  private static ServiceException failure(Single<?> call) {
    return call.materialize().map(told -> (ServiceException) told.getError()).blockingGet();
  }

  @Test
  void aKeptLeaseHoldsALockUntilItIsClosed() {
    LeaseKeeper lease = services.keepLease(60).blockingGet();
    assertThat(lease.isAlive()).isTrue();
    assertThat(lease.ttlSeconds()).isEqualTo(60);
    assertThat(
            services
                .locks()
                .rxLock(
                    new LockRequest()
                        .setName("l")
                        .setLeaseId(lease.leaseId())
                        .setWaitMillis(10_000))
                .blockingGet()
                .getFencingToken())
        .isPositive();
    lease.close().blockingAwait();
    assertThat(lease.isAlive()).isFalse();
    assertThat(ServiceFailure.of(failure(services.leases().rxKeepAlive(lease.leaseId()))))
        .isEqualTo(ServiceFailure.LEASE_NOT_FOUND);
  }

  @Test
  void aLostLeaseIsHeardOf() {
    LeaseKeeper lease = services.keepLease(1).blockingGet();
    long revoked = services.leases().rxRevoke(lease.leaseId()).blockingGet();
    assertThat(revoked).isPositive();
    lease.lost().blockingAwait();
    assertThat(lease.isAlive()).isFalse();
  }

  @Test
  void aLeaseThatNobodyWaitsForAnyMoreIsGivenBack() {
    List<String> before = services.leases().rxLeases().blockingGet();
    var kept = services.keepLease(60).test();
    kept.dispose();
    LeaseKeeper later = services.keepLease(60).blockingGet(); // the first one is granted as well
    Await.untilTrue(
        "only the later one is there",
        () -> {
          List<String> left = new ArrayList<>(services.leases().rxLeases().blockingGet());
          left.removeAll(before);
          return left.equals(List.of(later.leaseId()));
        });
    later.close().blockingAwait();
    kept.assertNoValues();
  }

  private static Flowable<String> values(Flowable<WatchDelivery> watch) {
    return watch
        .concatMapIterable(WatchDelivery::getEvents, 1)
        .map(event -> event.getKv().getValue());
  }

  @Test
  void aWatchIsAFlowableThatEndsWhenItIsCanceled() {
    long before = put("w/0", "before");
    Flowable<String> watch =
        values(services.watch(new WatchRequest().setPrefix("w/").setStartRevision(before + 1)));
    for (int i = 1; i <= 5; i++) {
      assertThat(put("w/" + i, Integer.toString(i))).isPositive();
    }
    // The limit is one watch, so another subscriber succeeds only after the first one has ended.
    for (int i = 0; i < 2; i++) {
      awaitRoom();
      assertThat(watch.take(5).timeout(30, TimeUnit.SECONDS).toList().blockingGet())
          .containsExactly("1", "2", "3", "4", "5");
    }
    awaitRoom();
  }

  @Test
  void aWatchWaitsForASubscriberThatRequestsNothing() {
    long before = put("x/0", "before");
    awaitRoom();
    WatchRequest request =
        new WatchRequest().setPrefix("x/").setStartRevision(before + 1).setCredit(2);
    TestSubscriber<WatchDelivery> slow =
        services.watch(request).filter(delivery -> !delivery.getEvents().isEmpty()).test(0);
    for (int i = 1; i <= 40; i++) {
      assertThat(put("x/" + i, Integer.toString(i))).isPositive();
    }
    slow.assertNoValues();
    slow.request(1);
    slow.awaitCount(1);
    assertThat(slow.values()).hasSize(1);
    slow.request(Long.MAX_VALUE);
    Await.untilTrue("all has come", () -> heard(slow).size() >= 40);
    assertThat(heard(slow))
        .isEqualTo(IntStream.rangeClosed(1, 40).mapToObj(Integer::toString).toList());
    slow.cancel();
    awaitRoom();
  }

  private static List<String> heard(TestSubscriber<WatchDelivery> subscriber) {
    return List.copyOf(subscriber.values()).stream()
        .flatMap(delivery -> delivery.getEvents().stream())
        .map(event -> event.getKv().getValue())
        .toList();
  }

  @Test
  void aWatchOfWhatIsCompactedFails() {
    long first = put("y", "1");
    long second = put("y", "2");
    assertThat(kv.rxCompact(new CompactRequest().setRevision(second)).blockingGet()).isPositive();
    awaitRoom();
    TestSubscriber<WatchDelivery> subscriber =
        services.watch(new WatchRequest().setKey("y").setStartRevision(first)).test();
    assertThat(subscriber.awaitDone(30, TimeUnit.SECONDS)).isNotNull();
    subscriber.assertError(failure -> ServiceFailure.of(failure) == ServiceFailure.COMPACTED);
  }

  @Test
  void aSubscriberIsToldOfItsSubscriptionBeforeAFailure() {
    long first = put("v", "1");
    long second = put("v", "2");
    assertThat(kv.rxCompact(new CompactRequest().setRevision(second)).blockingGet()).isPositive();
    awaitRoom();
    CountDownLatch failed = new CountDownLatch(1);
    TestSubscriber<WatchDelivery> late =
        services
            .watch(new WatchRequest().setKey("v").setStartRevision(first))
            .doOnError(failure -> failed.countDown())
            .doOnSubscribe(subscription -> failed.await(300, TimeUnit.MILLISECONDS))
            .test();
    assertThat(late.awaitDone(30, TimeUnit.SECONDS)).isNotNull();
    late.assertError(failure -> ServiceFailure.of(failure) == ServiceFailure.COMPACTED);
  }

  /** Waits until the one watch can be started. */
  private static void awaitRoom() {
    Await.untilTrue(
        "there is room",
        () ->
            services
                .watches()
                .rxWatch(new WatchRequest().setKey("z").setAddress("nobody"))
                .flatMap(begun -> services.watches().rxCancel(begun.getWatchId()))
                .blockingGet());
  }
}
