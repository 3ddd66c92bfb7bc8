package io.quorate.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.Election;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Lease;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.cluster.Member;
import io.etcd.jetcd.common.exception.CompactedException;
import io.etcd.jetcd.common.exception.ErrorCode;
import io.etcd.jetcd.common.exception.EtcdException;
import io.etcd.jetcd.common.exception.EtcdExceptionFactory;
import io.etcd.jetcd.election.CampaignResponse;
import io.etcd.jetcd.election.LeaderKey;
import io.etcd.jetcd.election.LeaderResponse;
import io.etcd.jetcd.election.NoLeaderException;
import io.etcd.jetcd.election.NotLeaderException;
import io.etcd.jetcd.kv.DeleteResponse;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.PutResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.lease.LeaseKeepAliveResponse;
import io.etcd.jetcd.lease.LeaseTimeToLiveResponse;
import io.etcd.jetcd.lock.LockResponse;
import io.etcd.jetcd.maintenance.StatusResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.LeaseOption;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.support.CloseableClient;
import io.etcd.jetcd.support.Observers;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchEvent.EventType;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** jetcd, which was written for etcd, against three members. Each test keeps to keys of its own. */
class JetcdIT {
  private static final int PATIENCE_SECONDS = 30;

  @SuppressWarnings("NullAway.Init")
  private static Members members;

  @SuppressWarnings("NullAway.Init")
  private static Client client;

  @SuppressWarnings("NullAway.Init")
  private static KV kv;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    members = Members.start(directory, 3);
    client = Client.builder().endpoints(members.endpoints().toArray(String[]::new)).build();
    kv = client.getKVClient();
    await(kv.get(bytes("anything"))); // linearizable: there is a leader now
  }

  @AfterAll
  static void stop() throws Exception {
    if (client != null) {
      client.close();
    }
    if (members != null) {
      members.close();
    }
  }

  // ---- keys and values

  @Test
  void whatWasPutIsReadBackAtEveryRevision() throws Exception {
    PutResponse first = put("kv/a", "1");
    PutResponse second =
        await(kv.put(bytes("kv/a"), bytes("2"), PutOption.builder().withPrevKV().build()));

    assertThat(second.getPrevKv().getValue()).isEqualTo(bytes("1"));
    assertThat(revision(second)).isEqualTo(revision(first) + 1);
    KeyValue now = only(await(kv.get(bytes("kv/a"))));
    assertThat(now.getValue()).isEqualTo(bytes("2"));
    assertThat(now.getVersion()).isEqualTo(2);
    assertThat(now.getCreateRevision()).isEqualTo(revision(first));
    assertThat(now.getModRevision()).isEqualTo(revision(second));
    GetOption then = GetOption.builder().withRevision(revision(first)).build();
    assertThat(only(await(kv.get(bytes("kv/a"), then))).getValue()).isEqualTo(bytes("1"));
  }

  @Test
  void everyMemberAnswersASerializableReadByItself() throws Exception {
    put("kv/everywhere", "x");
    GetOption serializable = GetOption.builder().withSerializable(true).build();
    for (String endpoint : members.endpoints()) {
      try (Client one = Client.builder().endpoints(endpoint).build()) {
        // after a linearizable read this member is as far as the put
        await(one.getKVClient().get(bytes("kv/everywhere")));
        assertThat(only(await(one.getKVClient().get(bytes("kv/everywhere"), serializable))))
            .returns(bytes("x"), KeyValue::getValue);
      }
    }
  }

  @Test
  void aRangeIsLimitedSortedCountedAndStrippedOfItsValues() throws Exception {
    for (String each : List.of("a3", "b1", "c2")) {
      put("range/" + each.charAt(0), each.substring(1));
    }

    GetResponse limited = range(GetOption.builder().withLimit(2));
    assertThat(keys(limited)).containsExactly("range/a", "range/b");
    assertThat(limited.isMore()).isTrue();
    assertThat(limited.getCount()).isEqualTo(3);

    assertThat(
            keys(
                range(
                    GetOption.builder()
                        .withSortField(GetOption.SortTarget.KEY)
                        .withSortOrder(GetOption.SortOrder.DESCEND))))
        .containsExactly("range/c", "range/b", "range/a");
    assertThat(
            keys(
                range(
                    GetOption.builder()
                        .withSortField(GetOption.SortTarget.VALUE)
                        .withSortOrder(GetOption.SortOrder.ASCEND))))
        .containsExactly("range/b", "range/c", "range/a");

    GetResponse counted = range(GetOption.builder().withCountOnly(true));
    assertThat(counted.getCount()).isEqualTo(3);
    assertThat(counted.getKvs()).isEmpty();

    GetResponse stripped = range(GetOption.builder().withKeysOnly(true));
    assertThat(keys(stripped)).containsExactly("range/a", "range/b", "range/c");
    assertThat(stripped.getKvs())
        .allSatisfy(pair -> assertThat(pair.getValue().isEmpty()).isTrue());

    GetOption half = GetOption.builder().withRange(bytes("range/c")).build();
    assertThat(keys(await(kv.get(bytes("range/a"), half)))).containsExactly("range/a", "range/b");
  }

  @Test
  void deletingTellsHowManyTheyWereAndWhat() throws Exception {
    put("delete/a", "1");
    put("delete/b", "2");

    DeleteResponse deleted =
        await(
            kv.delete(
                bytes("delete/"), DeleteOption.builder().isPrefix(true).withPrevKV(true).build()));

    assertThat(deleted.getDeleted()).isEqualTo(2);
    assertThat(deleted.getPrevKvs())
        .extracting(pair -> pair.getKey() + "=" + pair.getValue())
        .containsExactly("delete/a=1", "delete/b=2");
    assertThat(await(kv.delete(bytes("delete/a"))).getDeleted()).isZero();
  }

  // ---- transactions

  @Test
  void aTransactionTakesOneBranchWholeInOneRevision() throws Exception {
    put("txn/a", "1");
    put("txn/gone", "x");
    Cmp isOne = new Cmp(bytes("txn/a"), Cmp.Op.EQUAL, CmpTarget.value(bytes("1")));
    Cmp isNew = new Cmp(bytes("txn/b"), Cmp.Op.EQUAL, CmpTarget.version(0));

    TxnResponse taken =
        await(
            kv.txn()
                .If(isOne, isNew)
                .Then(
                    Op.put(bytes("txn/a"), bytes("2"), PutOption.DEFAULT),
                    Op.put(bytes("txn/b"), bytes("3"), PutOption.DEFAULT),
                    Op.delete(bytes("txn/gone"), DeleteOption.DEFAULT),
                    Op.get(bytes("txn/a"), GetOption.DEFAULT))
                .Else(Op.put(bytes("txn/never"), bytes("x"), PutOption.DEFAULT))
                .commit());

    assertThat(taken.isSucceeded()).isTrue();
    assertThat(taken.getPutResponses()).hasSize(2);
    assertThat(taken.getDeleteResponses().get(0).getDeleted()).isEqualTo(1);
    assertThat(only(taken.getGetResponses().get(0)).getValue()).isEqualTo(bytes("2"));
    assertThat(only(await(kv.get(bytes("txn/b")))).getModRevision())
        .isEqualTo(only(await(kv.get(bytes("txn/a")))).getModRevision());
    assertThat(await(kv.get(bytes("txn/never"))).getCount()).isZero();
  }

  @Test
  void aTransactionWhoseComparisonFailsTakesTheOtherBranchAndMayHoldAnother() throws Exception {
    put("else/a", "1");
    Cmp absent = new Cmp(bytes("else/a"), Cmp.Op.EQUAL, CmpTarget.createRevision(0));
    Cmp present = new Cmp(bytes("else/a"), Cmp.Op.GREATER, CmpTarget.modRevision(0));

    TxnResponse other =
        await(
            kv.txn()
                .If(absent)
                .Then(Op.put(bytes("else/a"), bytes("x"), PutOption.DEFAULT))
                .Else(
                    Op.txn(
                        new Cmp[] {present},
                        new Op[] {Op.put(bytes("else/b"), bytes("inner"), PutOption.DEFAULT)},
                        new Op[] {}))
                .commit());

    assertThat(other.isSucceeded()).isFalse();
    assertThat(other.getTxnResponses().get(0).isSucceeded()).isTrue();
    assertThat(only(await(kv.get(bytes("else/a")))).getValue()).isEqualTo(bytes("1"));
    assertThat(only(await(kv.get(bytes("else/b")))).getValue()).isEqualTo(bytes("inner"));
  }

  // ---- watches

  @Test
  void aWatchTellsWhatWasAndWhatComesWithThePairsBefore() throws Exception {
    put("watch/a", "1");
    long from = revision(put("watch/a", "2"));
    put("watched-not", "x");
    WatchOption option =
        WatchOption.builder().isPrefix(true).withPrevKV(true).withRevision(from).build();
    LinkedBlockingQueue<WatchEvent> heard = new LinkedBlockingQueue<>();

    try (Watch.Watcher watcher =
        client
            .getWatchClient()
            .watch(bytes("watch/"), option, response -> heard.addAll(response.getEvents()))) {
      WatchEvent past = next(heard);
      assertThat(past.getKeyValue().getModRevision()).isEqualTo(from);
      assertThat(past.getPrevKV().getValue()).isEqualTo(bytes("1"));
      put("watch/b", "live");
      WatchEvent live = next(heard);
      assertThat(live.getKeyValue().getKey()).isEqualTo(bytes("watch/b"));
      assertThat(live.getPrevKV().getModRevision()).as("none").isZero();
      await(kv.delete(bytes("watch/a")));
      WatchEvent deleted = next(heard);
      assertThat(deleted.getEventType()).isEqualTo(EventType.DELETE);
      assertThat(deleted.getPrevKV().getValue()).isEqualTo(bytes("2"));
      assertThat(heard).isEmpty();
    }
  }

  // ---- compaction

  @Test
  void whatIsCompactedIsRefusedByReadsAndWatches() throws Exception {
    long first = revision(put("compact/a", "1"));
    long second = revision(put("compact/a", "2"));
    await(kv.compact(second));

    GetOption tooOld = GetOption.builder().withRevision(first).build();
    EtcdException refused = refusalOf(kv.get(bytes("compact/a"), tooOld));
    assertThat(refused.getErrorCode()).isEqualTo(ErrorCode.OUT_OF_RANGE);
    assertThat(refused).hasMessageContaining("required revision has been compacted");
    GetOption kept = GetOption.builder().withRevision(second).build();
    assertThat(only(await(kv.get(bytes("compact/a"), kept))).getValue()).isEqualTo(bytes("2"));

    CompletableFuture<Throwable> ended = new CompletableFuture<>();
    WatchOption fromTooOld = WatchOption.builder().withRevision(first).build();
    try (Watch.Watcher watcher =
        client
            .getWatchClient()
            .watch(bytes("compact/a"), fromTooOld, response -> {}, ended::complete)) {
      assertThat(await(ended))
          .isInstanceOfSatisfying(
              CompactedException.class,
              e -> assertThat(e.getCompactedRevision()).isEqualTo(second));
    }
  }

  // ---- leases

  @Test
  void aLeaseIsRenewedToldOfAndRevokedWithItsKeys() throws Exception {
    Lease leases = client.getLeaseClient();
    long id = await(leases.grant(60)).getID();
    await(kv.put(bytes("lease/a"), bytes("1"), PutOption.builder().withLeaseId(id).build()));
    LeaseOption withKeys = LeaseOption.builder().withAttachedKeys().build();

    LeaseTimeToLiveResponse alive = await(leases.timeToLive(id, withKeys));
    assertThat(alive.getGrantedTTL()).isEqualTo(60);
    assertThat(alive.getTTL()).isBetween(1L, 60L);
    assertThat(alive.getKeys()).containsExactly(bytes("lease/a"));
    assertThat(await(leases.keepAliveOnce(id)).getTTL()).isEqualTo(60);

    await(leases.revoke(id));
    assertThat(await(kv.get(bytes("lease/a"))).getCount()).isZero();
    assertThat(await(leases.timeToLive(id, withKeys)).getTTL()).isEqualTo(-1);
    assertThat(refusalOf(leases.revoke(id)).getErrorCode()).isEqualTo(ErrorCode.NOT_FOUND);
  }

  @Test
  void aLeaseThatIsKeptAliveOutlivesItsTimeAndOneThatIsNotTakesItsKeysAlong() throws Exception {
    Lease leases = client.getLeaseClient();
    long kept = await(leases.grant(2)).getID();
    long left = await(leases.grant(2)).getID();
    await(kv.put(bytes("expiry/kept"), bytes("1"), PutOption.builder().withLeaseId(kept).build()));
    PutResponse put =
        await(
            kv.put(
                bytes("expiry/left"), bytes("1"), PutOption.builder().withLeaseId(left).build()));
    CountDownLatch renewed = new CountDownLatch(3);
    LinkedBlockingQueue<WatchEvent> heard = new LinkedBlockingQueue<>();
    WatchOption option =
        WatchOption.builder().isPrefix(true).withRevision(revision(put) + 1).build();

    try (CloseableClient renewing =
            leases.keepAlive(
                kept, Observers.<LeaseKeepAliveResponse>observer(r -> renewed.countDown()));
        Watch.Watcher watcher =
            client
                .getWatchClient()
                .watch(bytes("expiry/"), option, response -> heard.addAll(response.getEvents()))) {
      WatchEvent gone = next(heard);
      assertThat(gone.getEventType()).isEqualTo(EventType.DELETE);
      assertThat(gone.getKeyValue().getKey()).isEqualTo(bytes("expiry/left"));
      assertThat(renewed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(await(kv.get(bytes("expiry/kept"))).getCount()).isEqualTo(1);
    }
    await(leases.revoke(kept));
  }

  @Test
  void aPutOnALeaseThatIsNotThereIsRefused() {
    PutOption noLease = PutOption.builder().withLeaseId(12345).build();
    EtcdException refused = refusalOf(kv.put(bytes("lease/none"), bytes("1"), noLease));
    assertThat(refused.getErrorCode()).isEqualTo(ErrorCode.NOT_FOUND);
    assertThat(refused).hasMessageContaining("requested lease not found");
  }

  // ---- locks and elections, which jetcd leaves to the member it asks

  @Test
  void aLockIsPassedOnInTheOrderOfTheRequestsOnWhicheverMemberTheyWait() throws Exception {
    Lease leases = client.getLeaseClient();
    List<CompletableFuture<LockResponse>> line = new ArrayList<>();
    List<Client> waiting = new ArrayList<>();
    try {
      for (String endpoint : members.endpoints()) {
        Client one = Client.builder().endpoints(endpoint).build();
        waiting.add(one);
        long lease = await(leases.grant(60)).getID();
        line.add(one.getLockClient().lock(bytes("locked"), lease));
        untilCount("locked/", line.size());
      }
      for (int i = 0; i < line.size(); i++) {
        ByteSequence key = await(line.get(i)).getKey();
        assertThat(only(await(kv.get(key))).getVersion()).isEqualTo(1);
        assertThat(line.subList(i + 1, line.size())).noneMatch(CompletableFuture::isDone);
        await(client.getLockClient().unlock(key));
      }
    } finally {
      waiting.forEach(Client::close);
    }
  }

  @Test
  void anElectionIsWonProclaimedObservedAndPassedOn() throws Exception {
    Election election = client.getElectionClient();
    ByteSequence name = bytes("elected");
    assertThat(catchThrowable(() -> await(election.leader(name))))
        .hasCauseInstanceOf(NoLeaderException.class);
    LinkedBlockingQueue<String> seen = new LinkedBlockingQueue<>();
    CompletableFuture<Void> ended = new CompletableFuture<>();
    election.observe(
        name,
        new Election.Listener() {
          @Override
          public void onNext(LeaderResponse response) {
            seen.add(response.getKv().getValue().toString());
          }

          @Override
          public void onError(Throwable error) {
            ended.completeExceptionally(error);
          }

          @Override
          public void onCompleted() {
            ended.complete(null);
          }
        });
    long first = await(client.getLeaseClient().grant(60)).getID();
    long second = await(client.getLeaseClient().grant(60)).getID();

    LeaderKey leader = await(election.campaign(name, first, bytes("one"))).getLeader();
    assertThat(await(election.leader(name)).getKv().getLease()).isEqualTo(first);
    assertThat(next(seen)).isEqualTo("one");
    CompletableFuture<CampaignResponse> next = election.campaign(name, second, bytes("two"));
    untilCount("elected/", 2);
    await(election.proclaim(leader, bytes("one, too")));
    assertThat(next(seen)).isEqualTo("one, too");
    assertThat(next).isNotDone();
    await(election.resign(leader));
    assertThat(await(next).getLeader().getName()).isEqualTo(name);
    assertThat(next(seen)).isEqualTo("two");
    assertThat(catchThrowable(() -> await(election.proclaim(leader, bytes("three")))))
        .hasCauseInstanceOf(NotLeaderException.class);
    assertThat(ended).isNotDone();
    await(client.getLeaseClient().revoke(second));
  }

  // ---- the cluster

  @Test
  void theMemberListNamesAllThreeAndWhereTheyAre() throws Exception {
    List<Member> listed = await(client.getClusterClient().listMember()).getMembers();

    assertThat(listed).extracting(Member::getName).containsExactlyInAnyOrder("m0", "m1", "m2");
    assertThat(listed).noneMatch(Member::isLearner);
    assertThat(listed).allSatisfy(m -> assertThat(m.getPeerURIs()).hasSize(1));
    assertThat(listed)
        .flatExtracting(Member::getClientURIs)
        .extracting(URI::toString)
        .containsExactlyInAnyOrderElementsOf(members.endpoints());
  }

  @Test
  void everyMemberNamesTheSameLeader() throws Exception {
    List<Long> leaders = new ArrayList<>();
    for (String endpoint : members.endpoints()) {
      StatusResponse status = status(endpoint);
      assertThat(status.getVersion()).startsWith("3.");
      assertThat(status.getDbSize()).isPositive();
      assertThat(status.getRaftAppliedIndex()).isPositive();
      assertThat(status.getErrorList()).isEmpty();
      leaders.add(status.getLeader());
    }
    assertThat(leaders).doesNotContain(0L).containsOnly(leaders.get(0));
  }

  @Test
  void leadershipMovesWhereItIsSentAndOnlyTheLeaderCanSendIt() throws Exception {
    Map<Long, String> endpointOf = new HashMap<>();
    for (Member member : await(client.getClusterClient().listMember()).getMembers()) {
      endpointOf.put(member.getId(), member.getClientURIs().get(0).toString());
    }
    long leader = status(members.endpoints().get(0)).getLeader();
    long target = endpointOf.keySet().stream().filter(id -> id != leader).findFirst().orElseThrow();
    String before = Objects.requireNonNull(endpointOf.get(leader));

    try (Client toTarget = Client.builder().endpoints(endpointOf.get(target)).build();
        Client toLeader = Client.builder().endpoints(before).build()) {
      EtcdException refused = refusalOf(toTarget.getMaintenanceClient().moveLeader(target));
      assertThat(refused).hasMessageContaining("not leader");
      await(toLeader.getMaintenanceClient().moveLeader(target));
    }

    assertThat(status(before).getLeader()).isEqualTo(target);
    put("moved", "writes go on");
  }

  // ---- helpers

  private static StatusResponse status(String endpoint) throws Exception {
    return await(client.getMaintenanceClient().statusMember(endpoint));
  }

  private static GetResponse range(GetOption.Builder option) throws Exception {
    return await(kv.get(bytes("range/"), option.isPrefix(true).build()));
  }

  private static List<String> keys(GetResponse response) {
    return response.getKvs().stream().map(pair -> pair.getKey().toString()).toList();
  }

  private static KeyValue only(GetResponse response) {
    assertThat(response.getKvs()).hasSize(1);
    return response.getKvs().get(0);
  }

  private static PutResponse put(String key, String value) throws Exception {
    return await(kv.put(bytes(key), bytes(value)));
  }

  private static long revision(PutResponse response) {
    return response.getHeader().getRevision();
  }

  private static void untilCount(String prefix, long keys) throws Exception {
    GetOption count = GetOption.builder().isPrefix(true).withCountOnly(true).build();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (await(kv.get(bytes(prefix), count)).getCount() != keys) {
      assertThat(System.nanoTime()).as("%s keys %s", keys, prefix).isLessThan(end);
    }
  }

  private static <T> T next(LinkedBlockingQueue<T> heard) throws Exception {
    T event = heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (event == null) {
      throw new AssertionError("nothing was heard within " + PATIENCE_SECONDS + " s");
    }
    return event;
  }

  /** What the server refused it with; jetcd hands some errors on as they came from gRPC. */
  private static EtcdException refusalOf(CompletableFuture<?> future) {
    Throwable failure = catchThrowable(() -> await(future));
    if (failure instanceof ExecutionException && failure.getCause() != null) {
      return EtcdExceptionFactory.toEtcdException(failure.getCause());
    }
    throw new AssertionError("not refused", failure);
  }

  private static ByteSequence bytes(String text) {
    return ByteSequence.from(text, UTF_8);
  }

  private static <T> T await(CompletableFuture<T> future) throws Exception {
    return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }
}
