package io.quorate.vertx.service;

import static io.quorate.vertx.service.Served.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.testing.Await;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Leases, and the locks and elections that depend on them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LeaseAndLockServiceTest {
  private static final long LONG_WAIT_MILLIS = 20_000;

  @TempDir static Path dataDir;
  private Served served;
  private LeaseService leases;
  private LockService locks;
  private ElectionService elections;

  @BeforeAll
  void start() {
    served = new Served(dataDir, new QuorateServicesOptions().setMaxWaiting(3));
    leases = served.services.leases();
    locks = served.services.locks();
    elections = served.services.elections();
  }

  @AfterAll
  void stop() {
    served.close();
  }

  private String lease() {
    return await(leases.grant(60)).getLeaseId();
  }

  private Future<Acquired> lock(String name, String leaseId, long waitMillis) {
    return locks.lock(
        new LockRequest().setName(name).setLeaseId(leaseId).setWaitMillis(waitMillis));
  }

  private Future<Acquired> campaign(String name, String leaseId, String value, long waitMillis) {
    return elections.campaign(
        new CampaignRequest()
            .setName(name)
            .setLeaseId(leaseId)
            .setValue(value)
            .setWaitMillis(waitMillis));
  }

  /** Waits until {@code count} keys are in the line. */
  private void awaitLine(String name, int count) {
    Await.untilTrue(
        count + " stand in line",
        () ->
            await(served.services.kv().range(new RangeRequest().setPrefix(name + "/"))).getCount()
                == count);
  }

  @Test
  void aLeaseIsGrantedKeptAliveAndRevoked() {
    LeaseGranted granted =
        await(
            leases.grantWith(
                new LeaseGrantRequest().setLeaseId("fedcba9876543210").setTtlSeconds(60)));
    assertThat(granted.getLeaseId()).isEqualTo("fedcba9876543210");
    assertThat(granted.getTtlSeconds()).isEqualTo(60);
    assertThat(await(leases.keepAlive("FEDCBA9876543210")).getTtlSeconds()).isEqualTo(60);
    PutResult unused =
        await(
            served
                .services
                .kv()
                .putWith(new PutRequest().setKey("leased").setLeaseId(granted.getLeaseId())));
    LeaseTime time =
        await(
            leases.timeToLive(
                new LeaseTimeToLiveRequest().setLeaseId(granted.getLeaseId()).setKeys(true)));
    assertThat(time.getGrantedTtlSeconds()).isEqualTo(60);
    assertThat(time.getTtlSeconds()).isBetween(1L, 60L);
    assertThat(time.getKeys()).containsExactly("leased");
    assertThat(await(leases.leases())).contains("fedcba9876543210");
    assertThat(await(leases.revoke(granted.getLeaseId()))).isPositive();
    assertThat(await(served.services.kv().get("leased"))).isNull();
    assertThat(await(leases.leases())).doesNotContain("fedcba9876543210");
  }

  @Test
  void aLeaseThatIsGoneIsAnsweredWithEtcdsError() {
    String message = "etcdserver: requested lease not found";
    Failed.with(ServiceFailure.LEASE_NOT_FOUND, message, leases.keepAlive("123"));
    Failed.with(ServiceFailure.LEASE_NOT_FOUND, message, leases.revoke("123"));
    Failed.with(
        ServiceFailure.LEASE_NOT_FOUND,
        message,
        leases.timeToLive(new LeaseTimeToLiveRequest().setLeaseId("123")));
    Failed.with(ServiceFailure.LEASE_NOT_FOUND, message, lock("l", "123", 0));
    String taken = lease();
    Failed.with(
        ServiceFailure.LEASE_EXIST,
        "etcdserver: lease already exists",
        leases.grantWith(new LeaseGrantRequest().setLeaseId(taken).setTtlSeconds(60)));
    Failed.with(
        ServiceFailure.LEASE_TTL_TOO_LARGE,
        "etcdserver: too large lease TTL",
        leases.grant(10_000_000_000L));
  }

  @Test
  void wrongArgumentsAreRefusedByName() {
    Failed.argument("ttlSeconds", leases.grant(0));
    Failed.argument("leaseId", leases.keepAlive("not hex"));
    Failed.argument("leaseId", leases.revoke("12345678901234567"));
    Failed.argument("name", lock("", "1", 0));
    Failed.argument("leaseId", locks.lock(new LockRequest().setName("n")));
    Failed.argument("waitMillis", lock("n", "1", -1));
    Failed.argument("waitMillis", lock("n", "1", 600_001));
    Failed.argument("key", locks.unlock("", 1));
    Failed.argument("fencingToken", locks.unlock("k", 0));
    Failed.argument("name", elections.leader(""));
    Failed.argument("name", campaign("", "1", "v", 0));
    Failed.argument("fencingToken", elections.resign("k", -1));
    Failed.argument("fencingToken", elections.proclaim(new ProclaimRequest().setKey("k")));
  }

  @Test
  void aLockIsGivenInTheOrderInWhichItWasAskedFor() {
    Acquired first = await(lock("order", lease(), 0));
    Failed.with(ServiceFailure.NOT_ACQUIRED, "held by another", lock("order", lease(), 0));
    Future<Acquired> second = lock("order", lease(), LONG_WAIT_MILLIS);
    awaitLine("order", 2);
    Future<Acquired> third = lock("order", lease(), LONG_WAIT_MILLIS);
    awaitLine("order", 3);
    assertThat(await(locks.unlock(first.getKey(), first.getFencingToken()))).isTrue();
    Acquired next = await(second);
    assertThat(next.getFencingToken()).isGreaterThan(first.getFencingToken());
    assertThat(third.isComplete()).isFalse();
    assertThat(await(locks.unlock(next.getKey(), next.getFencingToken()))).isTrue();
    assertThat(await(third).getFencingToken()).isGreaterThan(next.getFencingToken());
    assertThat(await(locks.unlock(first.getKey(), first.getFencingToken()))).isFalse();
  }

  @Test
  void whoAsksAgainHasTheLockAsBefore() {
    String lease = lease();
    Acquired first = await(lock("again", lease, 0));
    Acquired second = await(lock("again", lease, 0));
    assertThat(second.getKey()).isEqualTo(first.getKey());
    assertThat(second.getFencingToken()).isEqualTo(first.getFencingToken());
  }

  @Test
  void whoAsksAgainWhileWaitingKeepsThePlaceAndTheFirstWaitEnds() {
    String holder = lease();
    Acquired held = await(lock("place", holder, 0));
    String lease = lease();
    Future<Acquired> lost = lock("place", lease, LONG_WAIT_MILLIS);
    awaitLine("place", 2);
    Future<Acquired> behind = lock("place", lease(), LONG_WAIT_MILLIS);
    awaitLine("place", 3);
    Future<Acquired> again = lock("place", lease, LONG_WAIT_MILLIS);
    Failed.with(ServiceFailure.NOT_ACQUIRED, "has asked again since", lost);
    assertThat(await(locks.unlock(held.getKey(), held.getFencingToken()))).isTrue();
    Acquired won = await(again);
    assertThat(behind.isComplete()).isFalse();
    assertThat(await(locks.unlock(won.getKey(), won.getFencingToken()))).isTrue();
    assertThat(await(behind).getFencingToken()).isGreaterThan(won.getFencingToken());
  }

  @Test
  void whoDoesNotGetItInTimeLeavesNothingBehind() {
    Acquired held = await(lock("late", lease(), 0));
    Failed.with(ServiceFailure.NOT_ACQUIRED, "timed out", lock("late", lease(), 100));
    assertThat(await(served.services.kv().range(new RangeRequest().setPrefix("late/"))).getKvs())
        .extracting(KeyValuePair::getKey)
        .containsExactly(held.getKey());
  }

  @Test
  void aWaitWhoseLeaseEndsFailsAtOnceAndMakesRoom() {
    Acquired held = await(lock("ends", lease(), 0));
    String lease = lease();
    Future<Acquired> waiting = lock("ends", lease, LONG_WAIT_MILLIS);
    awaitLine("ends", 2);
    assertThat(await(leases.revoke(lease))).isPositive();
    Failed.with(ServiceFailure.LEASE_NOT_FOUND, "etcdserver: requested lease not found", waiting);
    assertThat(held.getKey()).startsWith("ends/");
  }

  @Test
  void theEndOfTheHoldersLeaseGivesTheLockToTheNext() {
    String lease = lease();
    Acquired held = await(lock("dies", lease, 0));
    Future<Acquired> waiting = lock("dies", lease(), LONG_WAIT_MILLIS);
    awaitLine("dies", 2);
    assertThat(await(leases.revoke(lease))).isPositive();
    assertThat(await(waiting).getFencingToken()).isGreaterThan(held.getFencingToken());
  }

  @Test
  void thoseWhoWaitAreBounded() {
    Acquired held = await(lock("many", lease(), 0));
    List<Future<Acquired>> waiting =
        List.of(
            lock("many", lease(), LONG_WAIT_MILLIS),
            lock("many", lease(), LONG_WAIT_MILLIS),
            lock("many", lease(), LONG_WAIT_MILLIS));
    awaitLine("many", 4);
    Failed.with(ServiceFailure.TOO_MANY_WAITING, "3 waiting", campaign("other", lease(), "v", 0));
    assertThat(await(locks.unlock(held.getKey(), held.getFencingToken()))).isTrue();
    Acquired next =
        await(
            Future.any(waiting)
                .map(
                    any ->
                        waiting.stream()
                            .filter(Future::succeeded)
                            .findFirst()
                            .orElseThrow()
                            .result()));
    assertThat(next.getFencingToken()).isGreaterThan(held.getFencingToken());
    for (String lease : await(leases.leases())) {
      assertThat(await(leases.revoke(lease))).isPositive();
    }
    Future<?> unused = Future.join(waiting).otherwiseEmpty();
    Await.untilTrue("all have ended", unused::isComplete);
  }

  @Test
  void anElectionIsWonProclaimedAndResigned() {
    assertThat(await(elections.leader("office"))).isNull();
    Acquired first = await(campaign("office", lease(), "first", 0));
    Future<Acquired> second = campaign("office", lease(), "second", LONG_WAIT_MILLIS);
    awaitLine("office", 2);
    KeyValuePair leader = await(elections.leader("office"));
    assertThat(leader.getKey()).isEqualTo(first.getKey());
    assertThat(leader.getValue()).isEqualTo("first");
    ProclaimRequest proclaim =
        new ProclaimRequest()
            .setKey(first.getKey())
            .setFencingToken(first.getFencingToken())
            .setValue("Zmlyc3Q=")
            .setEncoding(Encoding.BASE64);
    Void unused = await(elections.proclaim(proclaim));
    KeyValuePair proclaimed = await(elections.leader("office"));
    assertThat(proclaimed.getValue()).isEqualTo("first");
    assertThat(proclaimed.getVersion()).isEqualTo(2);
    assertThat(proclaimed.getLeaseId()).isNotNull();
    assertThat(await(elections.resign(first.getKey(), first.getFencingToken()))).isTrue();
    assertThat(await(second).getKey()).isNotEqualTo(first.getKey());
    assertThat(await(elections.leader("office")).getValue()).isEqualTo("second");
    Failed.with(ServiceFailure.NOT_HELD, "no longer leads", elections.proclaim(proclaim));
    assertThat(await(elections.resign(first.getKey(), first.getFencingToken()))).isFalse();
  }

  @Test
  void aKeptLeaseOutlivesItsTimeAndIsLostWhenItIsTakenAway() {
    LeaseKeeper keeper = await(served.services.keepLease(1));
    assertThat(keeper.isAlive()).isTrue();
    long until = System.nanoTime() + (keeper.ttlSeconds() * 1_000 + 1_500) * 1_000_000;
    Await.untilTrue("more than its time has passed", () -> System.nanoTime() - until > 0);
    assertThat(keeper.isAlive()).isTrue();
    assertThat(await(leases.leases())).contains(keeper.leaseId());
    assertThat(await(leases.revoke(keeper.leaseId()))).isPositive();
    Void unused = await(keeper.lost());
    assertThat(keeper.isAlive()).isFalse();
    unused = await(keeper.close());
  }

  @Test
  void aKeptLeaseIsRevokedWhenItIsClosed() {
    LeaseKeeper keeper = await(served.services.keepLease(60));
    Void unused = await(keeper.close());
    unused = await(keeper.close());
    assertThat(keeper.isAlive()).isFalse();
    assertThat(keeper.lost().isComplete()).isFalse();
    assertThat(await(leases.leases())).doesNotContain(keeper.leaseId());
  }
}
