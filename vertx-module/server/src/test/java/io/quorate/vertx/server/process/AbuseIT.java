package io.quorate.vertx.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.client.proto.rpc.RangeRequest;
import io.quorate.vertx.testing.RawHttp2;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * One client sends too much, cancels, or does not read; the member has 256 MB of heap, and another
 * client must not be affected. The bounds here are far above the values on an idle machine, and far
 * below those of a member that a single client can block.
 */
@ExtendWith(LogTails.class)
class AbuseIT {
  private static final long BEARABLE_MILLIS = 3_000;

  private static void requireUnaffected(MemberProcess member, Abuse.Observations observations) {
    assertThat(observations.reads()).isGreaterThanOrEqualTo(Abuse.MEANINGFUL_READS);
    assertThat(observations.failed()).isZero();
    assertThat(observations.leaseLives()).as("the lease of another client").isTrue();
    assertThat(observations.worstMillis())
        .as("the slowest read of another client")
        .isLessThan(BEARABLE_MILLIS);
    assertThat(
            member
                .log()
                .matching(
                    line -> line.contains("\"level\":\"error\"") || line.contains("Exception")))
        .isEmpty();
  }

  @Test
  void reads_that_time_out_do_not_slow_other_clients() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start("given-up", 1);
        Abuse abuse = new Abuse(cluster.member(0).clientPort())) {
      abuse.fill("big/", 160, 50_000);
      Abuse.WellBehavedClient wellBehaved = abuse.new WellBehavedClient();
      assertThat(abuse.cancelledReads(24, 50, 5_000)).isGreaterThan(100);
      requireUnaffected(cluster.member(0), wellBehaved.observations());
    }
  }

  @Test
  void calls_that_are_reset_at_once_do_not_slow_other_clients() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start("resets", 1);
        Abuse abuse = new Abuse(cluster.member(0).clientPort())) {
      abuse.fill("big/", 160, 50_000);
      Abuse.WellBehavedClient wellBehaved = abuse.new WellBehavedClient();
      assertThat(abuse.rapidResets(4, 20_000, wellBehaved::needsMoreReads)).isGreaterThan(1_000);
      requireUnaffected(cluster.member(0), wellBehaved.observations());
    }
  }

  @Test
  void unread_answers_are_bounded_and_then_dropped() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start("untaken", 1);
        Abuse abuse = new Abuse(cluster.member(0).clientPort())) {
      abuse.fill("big/", 160, 50_000);
      RangeRequest twoMegabytes = Abuse.ALL.toBuilder().setLimit(40).build();
      List<RawHttp2> stuck = new ArrayList<>();
      try {
        for (int i = 0; i < 4; i++) {
          stuck.add(abuse.openUnreadConnection(400, twoMegabytes));
        }
        Abuse.WellBehavedClient wellBehaved = abuse.new WellBehavedClient();
        do {
          assertThat(Abuse.await(abuse.list())).as("a large read of another client").isEqualTo(161);
        } while (wellBehaved.needsMoreReads());
        for (RawHttp2 raw : stuck) {
          assertThat(raw.awaitReset()).isPositive();
        }
        requireUnaffected(cluster.member(0), wellBehaved.observations());
      } finally {
        for (RawHttp2 raw : stuck) {
          raw.close();
        }
      }
      assertThat(Abuse.await(abuse.list())).isEqualTo(161);
    }
  }

  /** Eight concurrent answers of 160 MB, with a heap of 256 MB. */
  @Test
  void an_answer_larger_than_the_heap_is_streamed() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start("large", 1);
        Abuse abuse = new Abuse(cluster.member(0).clientPort())) {
      abuse.fill("large/", 160, 1_000_000);
      Abuse.WellBehavedClient wellBehaved = abuse.new WellBehavedClient();
      for (int round = 0; round < 2 || wellBehaved.needsMoreReads(); round++) {
        List<Future<Integer>> lists = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          lists.add(abuse.list());
        }
        for (Future<Integer> list : lists) {
          assertThat(Abuse.await(list)).isEqualTo(161);
        }
      }
      requireUnaffected(cluster.member(0), wellBehaved.observations());
    }
  }

  @Test
  void a_bulk_load_is_slowed_down_and_never_refused() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start("bulk", 1);
        Abuse abuse = new Abuse(cluster.member(0).clientPort())) {
      Abuse.Loaded loaded = abuse.load(256, 1_500, 256);
      assertThat(loaded.refused()).as(loaded.firstRefusal()).isZero();
      assertThat(Abuse.await(abuse.list())).isEqualTo(150_000);
      assertThat(cluster.member(0).client().status().getRaftTerm()).isEqualTo(2);
    }
  }
}
