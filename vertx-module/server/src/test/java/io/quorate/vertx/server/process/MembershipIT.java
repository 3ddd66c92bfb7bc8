package io.quorate.vertx.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.server.process.Etcdctl.Outcome;
import io.quorate.vertx.testing.Await;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Members that are paused, removed, added and restarted, and how they catch up. */
@ExtendWith(LogTails.class)
class MembershipIT {
  /** Entries after which the log below them is truncated, see the flags. */
  private static final int MANY_ENTRIES = 200;

  private static final String[] SHORT_LOG = {
    "--snapshot-count=50", "--snapshot-catchup-entries=10"
  };
  private static final String[] SHORT_LOG_CHANGED_AT_ONCE = {
    "--snapshot-count=50", "--snapshot-catchup-entries=10", "--strict-reconfig-check=false"
  };
  private static final String SNAPSHOT_TAKEN = "applied snapshot";

  @Test
  void a_member_paused_past_a_log_truncation_catches_up_by_snapshot() {
    try (ProcessCluster cluster = ProcessCluster.start("slept", 3, SHORT_LOG)) {
      MemberProcess sleeper = cluster.others(cluster.awaitLeader()).get(0);
      Client client = cluster.awaitLeader().client();
      client.put("before", "1");
      sleeper.kill();
      long last = fill(client, "while-asleep");
      new Etcdctl(cluster.awaitLeader().clientUrl()).ok("compact", Long.toString(last - 20));

      sleeper.start();
      sleeper.awaitReady();
      assertCaughtUp(cluster, client.put("after", "1"));
      assertThat(sleeper.log().contains(SNAPSHOT_TAKEN)).isTrue();
    }
  }

  @Test
  void a_removed_and_wiped_member_joins_again_by_snapshot() {
    try (ProcessCluster cluster = ProcessCluster.start("again", 3, SHORT_LOG_CHANGED_AT_ONCE)) {
      MemberProcess gone = cluster.others(cluster.awaitLeader()).get(0);
      List<MemberProcess> rest = cluster.others(gone);
      Etcdctl etcdctl = new Etcdctl(rest.get(0).clientUrl() + "," + rest.get(1).clientUrl());
      Client client = rest.get(0).client();
      long unused = fill(client, "first");
      String id = idOf(gone);

      assertThat(etcdctl.ok("member", "remove", id))
          .startsWith("Member %16s removed".formatted(id));
      assertThat(gone.awaitExit(Await.LONG)).isEqualTo(1);
      assertThat(gone.log().tail(3).toString()).contains("removed from the cluster");

      ProcessCluster.delete(gone.dataDir());
      assertThat(etcdctl.ok("member", "add", gone.name(), "--peer-urls=" + gone.peerUrl()))
          .contains("ETCD_INITIAL_CLUSTER_STATE=\"existing\"");
      gone.setFlags(
          List.of(
              "--initial-cluster=" + cluster.initialCluster(), "--initial-cluster-state=existing"));
      gone.start();
      gone.awaitReady();

      assertCaughtUp(cluster, client.putUntilAcknowledged("after", "1"));
      assertThat(gone.log().contains(SNAPSHOT_TAKEN)).isTrue();
      assertThat(idOf(gone)).isNotEqualTo(id);
      assertThat(etcdctl.ok("member", "list").lines()).hasSize(3);
    }
  }

  @Test
  void a_learner_catches_up_serves_only_serializable_reads_and_votes_once_promoted() {
    try (ProcessCluster cluster = ProcessCluster.start("learner", 1)) {
      MemberProcess first = cluster.member(0);
      Etcdctl etcdctl = new Etcdctl(first.clientUrl());
      etcdctl.ok("put", "a", "1");
      MemberProcess learner = cluster.addMember("m2");
      String added =
          etcdctl.ok("member", "add", "m2", "--learner", "--peer-urls=" + learner.peerUrl());
      String id = added.trim().split("\\s+")[1];
      Outcome early = etcdctl.run("member", "promote", id);
      assertThat(early.exitCode()).isNotZero();
      assertThat(early.err()).contains("Error: etcdserver: ");
      Outcome second = etcdctl.run("member", "add", "m3", "--learner", "--peer-urls=http://h:1");
      assertThat(second.err()).contains("too many learner members in cluster");

      learner.setFlags(
          List.of(
              "--initial-cluster=" + cluster.initialCluster(), "--initial-cluster-state=existing"));
      learner.start();
      learner.awaitReady();
      Etcdctl asksLearner = new Etcdctl(learner.clientUrl());
      Await.untilTrue(
          "the learner has it", () -> asksLearner.ok("get", "a", "--consistency=s").equals("a\n1"));
      assertThat(learner.client().status().getIsLearner()).isTrue();
      assertThat(asksLearner.run("get", "a").err()).contains("rpc not supported for learner");
      assertThat(asksLearner.run("put", "a", "2").err()).contains("rpc not supported for learner");

      Await.untilTrue(
          "in sync, so promoted", () -> etcdctl.run("member", "promote", id).exitCode() == 0);
      Await.untilTrue("the learner knows", () -> !learner.client().status().getIsLearner());
      assertThat(asksLearner.ok("put", "a", "2")).isEqualTo("OK");
      first.pause();
      try {
        // Both members vote now, so without the first one there is no majority.
        assertThat(asksLearner.run("--command-timeout=2s", "get", "a").exitCode()).isNotZero();
      } finally {
        first.resume();
      }
      MemberProcess unused = cluster.awaitLeader();
      assertThat(asksLearner.ok("get", "a")).isEqualTo("a\n2");
    }
  }

  @Test
  void a_fourth_member_is_added_through_a_follower() {
    try (ProcessCluster cluster = ProcessCluster.start("fourth", 3)) {
      MemberProcess follower = cluster.others(cluster.awaitLeader()).get(0);
      follower.client().put("a", "1");
      MemberProcess fourth = cluster.addMember("m4");
      Etcdctl etcdctl = new Etcdctl(follower.clientUrl());
      String[] add = {"member", "add", "m4", "--peer-urls=" + fourth.peerUrl()};
      assertThat(etcdctl.run(add).err())
          .as("the members have not known each other for five seconds")
          .contains("etcdserver: unhealthy cluster");
      Await.untilTrue("connected for five seconds", () -> etcdctl.run(add).exitCode() == 0);
      fourth.setFlags(
          List.of(
              "--initial-cluster=" + cluster.initialCluster(), "--initial-cluster-state=existing"));
      fourth.start();
      fourth.awaitReady();
      assertCaughtUp(cluster, follower.client().put("b", "1"));
    }
  }

  /** Every member refuses it, and all keep running. */
  @Test
  void an_unusable_peer_url_is_refused() {
    try (ProcessCluster cluster = ProcessCluster.start("bad-urls", 3)) {
      MemberProcess follower = cluster.others(cluster.awaitLeader()).get(0);
      Etcdctl etcdctl = new Etcdctl(follower.clientUrl());
      String bad = "--peer-urls=http://127.0.0.1:99999";
      for (Outcome refused :
          List.of(
              etcdctl.run("member", "add", "m4", "--learner", bad),
              etcdctl.run("member", "add", "m4", bad),
              etcdctl.run("member", "update", idOf(follower), bad))) {
        assertThat(refused.err()).contains("etcdserver: given member URLs are invalid");
      }
      assertCaughtUp(cluster, follower.client().put("a", "1"));
    }
  }

  @Test
  void a_single_member_keeps_a_hundred_thousand_keys_across_a_restart() {
    int count = 100_000;
    try (ProcessCluster cluster = ProcessCluster.start("single", 1)) {
      MemberProcess member = cluster.member(0);
      member.client().load("k", count, 100, 8);
      var before = member.client().countAll(false);
      int hash = member.client().hashKv(0).getHash();
      assertThat(before.getCount()).isEqualTo(count);

      long killed = System.nanoTime();
      member.kill();
      cluster.startAll();
      long ready = System.nanoTime();
      assertSame(member, before.getHeader().getRevision(), count, hash);

      assertThat(member.terminate()).isIn(0, 143);
      cluster.startAll();
      assertSame(member, before.getHeader().getRevision(), count, hash);
      System.out.println("kill -9 to ready with 100,000 keys: " + Duration.ofNanos(ready - killed));
    }
  }

  private static void assertSame(MemberProcess member, long revision, long count, int hash) {
    var after = Await.until("a linearizable read", () -> member.client().countAll(false));
    assertThat(after.getCount()).isEqualTo(count);
    assertThat(after.getHeader().getRevision()).isEqualTo(revision);
    assertThat(member.client().hashKv(0).getHash()).isEqualTo(hash);
  }

  /** One entry for each key. */
  private static long fill(Client client, String prefix) {
    long revision = 0;
    for (int i = 0; i < MANY_ENTRIES; i++) {
      revision = client.put(prefix + i, "value " + i);
    }
    return revision;
  }

  private static void assertCaughtUp(ProcessCluster cluster, long revision) {
    for (MemberProcess member : cluster.members()) {
      Await.untilTrue(
          member.name() + " at " + revision,
          () -> member.client().countAll(true).getHeader().getRevision() >= revision);
    }
    var expected = cluster.member(0).client();
    for (MemberProcess member : cluster.members()) {
      assertThat(member.client().localRange("")).isEqualTo(expected.localRange(""));
      assertThat(member.client().hashKv(revision).getHash())
          .as("hash of %s", member.name())
          .isEqualTo(expected.hashKv(revision).getHash());
    }
  }

  private static String idOf(MemberProcess member) {
    return Long.toHexString(member.client().status().getHeader().getMemberId());
  }
}
