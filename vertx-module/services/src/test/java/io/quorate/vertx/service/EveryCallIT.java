package io.quorate.vertx.service;

import static io.quorate.vertx.service.Served.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.member.QuorateServer;
import io.quorate.vertx.testing.Await;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Every method of every service, called in one JVM and answered by another. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class EveryCallIT {
  @TempDir static Path directory;
  private TwoJvms jvms;

  @BeforeAll
  void start() {
    jvms = new TwoJvms("every-call", directory);
  }

  @AfterAll
  void stop() {
    jvms.close();
  }

  private Stream<DynamicTest> byBoth(Consumer<Proxies> calls) {
    return Stream.of(jvms.ours, jvms.plain)
        .map(proxies -> DynamicTest.dynamicTest(proxies.kind(), () -> calls.accept(proxies)));
  }

  @TestFactory
  Stream<DynamicTest> keysArePutReadChangedAndCompacted() {
    return byBoth(
        proxies -> {
          KvService kv = proxies.kv();
          String key = proxies.kind() + "/key";
          long put = await(kv.put(key, "\u20ac")).getRevision();
          assertThat(await(kv.get(key)))
              .isEqualTo(
                  new KeyValuePair()
                      .setKey(key)
                      .setValue("\u20ac")
                      .setCreateRevision(put)
                      .setModRevision(put)
                      .setVersion(1));
          assertThat(await(kv.get(key + "/none"))).isNull();
          PutRequest second = new PutRequest().setKey(key).setValue("2").setPrevKv(true);
          assertThat(await(kv.putWith(second)).getPrevKv().getValue()).isEqualTo("\u20ac");
          RangeResult range = await(kv.range(new RangeRequest().setPrefix(proxies.kind() + "/")));
          assertThat(range.getKvs()).extracting(KeyValuePair::getValue).containsExactly("2");
          TxnRequest txn =
              new TxnRequest()
                  .setCompares(
                      List.of(
                          new Compare().setKey(key).setTarget(CompareTarget.VALUE).setValue("2")))
                  .setSuccess(List.of(new TxnOp().setPut(new PutRequest().setKey(key + "/3"))));
          TxnResult done = await(kv.txn(txn));
          assertThat(done.isSucceeded()).isTrue();
          assertThat(done.getResponses().get(0).getPut().getRevision())
              .isEqualTo(done.getRevision());
          assertThat(await(kv.delete(key)).getDeleted()).isEqualTo(1);
          DeleteRequest rest = new DeleteRequest().setPrefix(proxies.kind() + "/").setPrevKv(true);
          assertThat(await(kv.deleteRange(rest)).getPrevKvs())
              .extracting(KeyValuePair::getKey)
              .containsExactly(key + "/3");
          assertThat(await(kv.compact(new CompactRequest().setRevision(done.getRevision()))))
              .isGreaterThan(done.getRevision());
        });
  }

  @TestFactory
  Stream<DynamicTest> leasesAreGrantedKeptAliveAndRevoked() {
    return byBoth(
        proxies -> {
          LeaseService leases = proxies.leases();
          LeaseGranted granted = await(leases.grant(60));
          assertThat(granted.getTtlSeconds()).isEqualTo(60);
          LeaseGrantRequest named =
              new LeaseGrantRequest().setLeaseId("fedcba9876543210").setTtlSeconds(70);
          assertThat(await(leases.grantWith(named)).getLeaseId()).isEqualTo("fedcba9876543210");
          assertThat(await(leases.keepAlive("fedcba9876543210")).getTtlSeconds()).isEqualTo(70);
          LeaseTime time =
              await(
                  leases.timeToLive(new LeaseTimeToLiveRequest().setLeaseId(granted.getLeaseId())));
          assertThat(time.getGrantedTtlSeconds()).isEqualTo(60);
          assertThat(await(leases.leases())).contains(granted.getLeaseId(), "fedcba9876543210");
          assertThat(await(leases.revoke("fedcba9876543210"))).isPositive();
          assertThat(await(leases.revoke(granted.getLeaseId()))).isPositive();
          assertThat(await(leases.leases())).isEmpty();
        });
  }

  @TestFactory
  Stream<DynamicTest> changesAreToldToTheAddressOfTheCaller() {
    return byBoth(
        proxies -> {
          List<WatchDelivery> heard = new CopyOnWriteArrayList<>();
          MessageConsumer<JsonObject> consumer =
              jvms.vertx.eventBus().consumer("caller." + proxies.kind());
          consumer.handler(
              message -> {
                heard.add(new WatchDelivery(message.body()));
                message.reply(null);
              });
          Void unused = await(consumer.completion());
          WatchRequest request =
              new WatchRequest().setKey("watched").setAddress(consumer.address());
          WatchStarted started = await(proxies.watches().watch(request));
          long revision = await(proxies.kv().put("watched", proxies.kind())).getRevision();
          Await.untilTrue(
              "it is told", () -> heard.stream().anyMatch(told -> !told.getEvents().isEmpty()));
          assertThat(heard)
              .allMatch(told -> told.getWatchId().equals(started.getWatchId()))
              .flatExtracting(WatchDelivery::getEvents)
              .extracting(event -> event.getKv().getModRevision())
              .containsExactly(revision);
          assertThat(await(proxies.watches().cancel(started.getWatchId()))).isTrue();
          assertThat(await(proxies.watches().cancel(started.getWatchId()))).isFalse();
          unused = await(consumer.unregister());
        });
  }

  @TestFactory
  Stream<DynamicTest> locksAreHeldAndGivenBack() {
    return byBoth(
        proxies -> {
          String lease = await(proxies.leases().grant(60)).getLeaseId();
          Acquired held =
              await(proxies.locks().lock(new LockRequest().setName("lock").setLeaseId(lease)));
          assertThat(held.getKey()).isEqualTo("lock/" + lease);
          assertThat(await(proxies.kv().get(held.getKey())).getCreateRevision())
              .isEqualTo(held.getFencingToken());
          assertThat(await(proxies.locks().unlock(held.getKey(), held.getFencingToken()))).isTrue();
          assertThat(await(proxies.locks().unlock(held.getKey(), held.getFencingToken())))
              .isFalse();
          assertThat(await(proxies.leases().revoke(lease))).isPositive();
        });
  }

  @TestFactory
  Stream<DynamicTest> anElectionIsWonProclaimedAndResigned() {
    return byBoth(
        proxies -> {
          ElectionService elections = proxies.elections();
          assertThat(await(elections.leader("office"))).isNull();
          String lease = await(proxies.leases().grant(60)).getLeaseId();
          CampaignRequest campaign =
              new CampaignRequest().setName("office").setLeaseId(lease).setValue("first");
          Acquired won = await(elections.campaign(campaign));
          assertThat(await(elections.leader("office")).getValue()).isEqualTo("first");
          ProclaimRequest proclaim =
              new ProclaimRequest()
                  .setKey(won.getKey())
                  .setFencingToken(won.getFencingToken())
                  .setValue("second");
          Void unused = await(elections.proclaim(proclaim));
          assertThat(await(elections.leader("office")).getValue()).isEqualTo("second");
          assertThat(await(elections.resign(won.getKey(), won.getFencingToken()))).isTrue();
          assertThat(await(elections.leader("office"))).isNull();
          assertThat(await(proxies.leases().revoke(lease))).isPositive();
        });
  }

  @TestFactory
  Stream<DynamicTest> aMemberIsAddedPromotedMadeLeaderAndRemoved() {
    return byBoth(
        proxies -> {
          ClusterService cluster = proxies.cluster();
          URI url = Served.url(Served.freePort());
          ClusterMember added =
              await(
                  cluster.memberAdd(
                      new MemberAddRequest()
                          .setPeerUrls(List.of("http://127.0.0.1:1"))
                          .setLearner(true)));
          MemberUpdateRequest moved =
              new MemberUpdateRequest()
                  .setMemberId(added.getMemberId())
                  .setPeerUrls(List.of(url.toString()));
          assertThat(await(cluster.memberUpdate(moved)))
              .flatExtracting(ClusterMember::getPeerUrls)
              .containsExactlyInAnyOrder(jvms.peerUrl.toString(), url.toString());
          QuorateServer second = TwoJvms.join(proxies.kind(), directory, jvms.peerUrl, url);
          try {
            TwoJvms.promote(second, added.getMemberId(), cluster);
            Void unused = await(cluster.moveLeader(added.getMemberId()));
            assertThat(await(cluster.status()).getLeaderId()).isEqualTo(added.getMemberId());
            assertThat(await(cluster.memberRemove(added.getMemberId())))
                .extracting(ClusterMember::getMemberId)
                .containsExactly(jvms.memberId);
            assertThat(await(cluster.members()))
                .extracting(ClusterMember::getName)
                .containsExactly("one");
          } finally {
            Void unused = await(second.close());
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> theMemberTellsOfItself() {
    return byBoth(
        proxies -> {
          ClusterStatus status = await(proxies.cluster().status());
          assertThat(status.getDbSizeQuotaBytes()).isEqualTo(TwoJvms.QUOTA_BYTES);
          assertThat(status.getAlarms()).isEmpty();
          assertThat(await(proxies.cluster().alarms())).isEmpty();
          ClusterAlarm alarm =
              new ClusterAlarm().setMemberId(status.getMemberId()).setAlarm("NOSPACE");
          assertThat(await(proxies.cluster().disarm(alarm))).isEmpty();
          long revision = await(proxies.kv().put("hashed", proxies.kind())).getRevision();
          assertThat(await(proxies.cluster().hash(revision)).getHashRevision()).isEqualTo(revision);
        });
  }

  @Test
  void theServicesForgetTheWatchOfACallerThatIsKilled() {
    WatchRequest another = new WatchRequest().setKey("another").setAddress("nobody");
    try (JavaProcess caller =
        new JavaProcess(
            "watcher",
            directory,
            List.of(),
            CallerProcess.class.getName(),
            jvms.endpoint,
            "watcher")) {
      String unused = caller.line("ready ");
      Failed.with(
          ServiceFailure.TOO_MANY_WATCHES,
          "there are 1 watches here already",
          jvms.ours.watches().watch(another));
      caller.kill();
      // it does not reply to the progress delivery
      Await.untilTrue(
          "there is room for another",
          Duration.ofMillis(3 * TwoJvms.REPLY_MILLIS),
          () ->
              await(
                  jvms.ours
                      .watches()
                      .watch(another)
                      .compose(started -> jvms.ours.watches().cancel(started.getWatchId()))
                      .map(true)
                      .otherwise(full -> false)));
    }
  }

  @Test
  @Order(Integer.MAX_VALUE)
  void noMethodWasLeftOut() {
    assertThat(jvms.ours.answered()).isEqualTo(Proxies.methods());
    assertThat(jvms.plain.answered()).isEqualTo(Proxies.methods());
  }
}
