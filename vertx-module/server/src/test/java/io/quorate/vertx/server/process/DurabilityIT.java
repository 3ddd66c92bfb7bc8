package io.quorate.vertx.server.process;

import io.quorate.vertx.client.proto.rpc.StatusResponse;
import io.quorate.vertx.testing.Await;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Members are killed and paused under load, and no acknowledged write is lost, changed, executed
 * twice or hidden from a later read. {@code -Dquorate.faults.rounds=10} repeats it ten times.
 */
@ExtendWith(LogTails.class)
class DurabilityIT {
  private static final int ROUNDS = Integer.getInteger("quorate.faults.rounds", 1);
  private static final int SOME_PUTS = 60;
  private static final long TWO_ELECTION_TIMEOUTS_NANOS = 2_000_000_000L;

  @SuppressWarnings("NullAway.Init")
  private static ProcessCluster cluster;

  @BeforeAll
  static void startThreeMembers() {
    cluster = ProcessCluster.start("durability", 3);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @Test
  void acknowledged_writes_survive_kill_9_of_the_leader() {
    underLoad(
        "leader",
        load -> {
          MemberProcess leader = cluster.awaitLeader();
          leader.kill();
          MemberProcess unused = cluster.awaitLeader();
          load.awaitProgress(SOME_PUTS);
          leader.start();
          leader.awaitReady();
        });
  }

  @Test
  void acknowledged_writes_survive_kill_9_of_all_members_at_once() {
    underLoad(
        "all",
        load -> {
          cluster.members().forEach(member -> member.process().destroyForcibly());
          cluster.members().forEach(MemberProcess::kill);
          cluster.startAll();
        });
  }

  @Test
  void a_leader_paused_for_two_election_timeouts_continues_as_a_follower() {
    underLoad(
        "paused",
        load -> {
          MemberProcess leader = cluster.awaitLeader();
          List<MemberProcess> others = cluster.others(leader);
          long pausedAt = System.nanoTime();
          leader.pause();
          try {
            Await.untilTrue(
                "two election time-outs",
                () -> System.nanoTime() - pausedAt > TWO_ELECTION_TIMEOUTS_NANOS);
            Await.untilTrue("another leader", () -> leads(ProcessCluster.awaitLeader(others)));
            load.awaitProgress(SOME_PUTS);
          } finally {
            leader.resume();
          }
        });
  }

  private static boolean leads(MemberProcess member) {
    StatusResponse status = member.client().status();
    return status.getLeader() == status.getHeader().getMemberId();
  }

  private static void underLoad(String name, Consumer<CheckedLoad> fault) {
    for (int round = 1; round <= ROUNDS; round++) {
      CheckedLoad load = new CheckedLoad(cluster, name + round);
      load.start();
      load.awaitProgress(SOME_PUTS);
      fault.accept(load);
      MemberProcess unused = cluster.awaitLeader();
      load.awaitProgress(SOME_PUTS);
      load.stop();
      load.verify();
      System.out.println("round " + round + " of " + name + ": " + load);
    }
  }
}
