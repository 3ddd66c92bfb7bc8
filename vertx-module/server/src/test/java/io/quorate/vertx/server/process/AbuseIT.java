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
 * One client that floods, gives up or takes nothing, a member with 256 MB of heap, and another
 * client that must not be hurt. What is bounded here is far above what is seen on an idle machine,
 * and far below what it was when one client could starve all.
 */
@ExtendWith(LogTails.class)
class AbuseIT {
  private static final long BEARABLE_MILLIS = 3_000;

  private static void requireUnhurt(MemberProcess member, Abuse.Seen seen) {
    assertThat(seen.reads()).isGreaterThanOrEqualTo(Abuse.MEANINGFUL_READS);
    assertThat(seen.failed()).isZero();
    assertThat(seen.leaseLives()).as("the lease of another client").isTrue();
    assertThat(seen.worstMillis())
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
  void reads_that_are_given_up_cost_nobody_else() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start("given-up", 1);
        Abuse abuse = new Abuse(cluster.member(0).clientPort())) {
      abuse.fill("big/", 160, 50_000);
      Abuse.Behaving behaving = abuse.new Behaving();
      assertThat(abuse.readsThatAreGivenUp(24, 50, 5_000)).isGreaterThan(100);
      requireUnhurt(cluster.member(0), behaving.seen());
    }
  }

  @Test
  void calls_that_are_reset_at_once_cost_nobody_else() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start("resets", 1);
        Abuse abuse = new Abuse(cluster.member(0).clientPort())) {
      abuse.fill("big/", 160, 50_000);
      Abuse.Behaving behaving = abuse.new Behaving();
      assertThat(abuse.rapidResets(4, 20_000, behaving::needsLonger)).isGreaterThan(1_000);
      requireUnhurt(cluster.member(0), behaving.seen());
    }
  }

  @Test
  void answers_that_nobody_takes_are_bounded_and_then_dropped() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start("untaken", 1);
        Abuse abuse = new Abuse(cluster.member(0).clientPort())) {
      abuse.fill("big/", 160, 50_000);
      RangeRequest twoMegabytes = Abuse.ALL.toBuilder().setLimit(40).build();
      List<RawHttp2> stuck = new ArrayList<>();
      try {
        for (int i = 0; i < 4; i++) {
          stuck.add(abuse.takesNothing(400, twoMegabytes));
        }
        Abuse.Behaving behaving = abuse.new Behaving();
        do {
          assertThat(Abuse.await(abuse.list())).as("a large read of another client").isEqualTo(161);
        } while (behaving.needsLonger());
        for (RawHttp2 raw : stuck) {
          assertThat(raw.awaitReset()).isPositive();
        }
        requireUnhurt(cluster.member(0), behaving.seen());
      } finally {
        for (RawHttp2 raw : stuck) {
          raw.close();
        }
      }
      assertThat(Abuse.await(abuse.list())).isEqualTo(161);
    }
  }

  /** Eight times 160 MB from 256 MB of heap. */
  @Test
  void an_answer_larger_than_the_heap_is_written_as_it_is_read() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start("large", 1);
        Abuse abuse = new Abuse(cluster.member(0).clientPort())) {
      abuse.fill("large/", 160, 1_000_000);
      Abuse.Behaving behaving = abuse.new Behaving();
      for (int round = 0; round < 2 || behaving.needsLonger(); round++) {
        List<Future<Integer>> lists = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          lists.add(abuse.list());
        }
        for (Future<Integer> list : lists) {
          assertThat(Abuse.await(list)).isEqualTo(161);
        }
      }
      requireUnhurt(cluster.member(0), behaving.seen());
    }
  }

  @Test
  void a_bulk_load_waits_and_is_never_refused() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start("bulk", 1);
        Abuse abuse = new Abuse(cluster.member(0).clientPort())) {
      Abuse.Loaded loaded = abuse.load(256, 1_500, 256);
      assertThat(loaded.refused()).as(loaded.firstRefusal()).isZero();
      assertThat(Abuse.await(abuse.list())).isEqualTo(150_000);
      assertThat(cluster.member(0).client().status().getRaftTerm()).isEqualTo(2);
    }
  }
}
