package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.codec.CommandCodec;
import io.quorate.codec.PeerMessage;
import io.quorate.command.Bytes;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.FeatureLevel;
import io.quorate.command.Proposal;
import io.quorate.command.Result;
import io.quorate.sim.SimWorld;
import io.quorate.sim.SimWorld.Ask;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writes and reads on one member and on three, with members that crash or are cut off. */
class ReplicationTest {
  private final Path directory;

  ReplicationTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Test
  void one_member_writes_reads_and_has_it_all_after_a_restart() {
    SimWorld world = SimWorld.of(1, directory, 1);
    world.elect();
    assertThat(world.revisionOf(world.put(1, "a", "1"))).isEqualTo(2);
    assertThat(world.revisionOf(world.put(1, "a", "2"))).isEqualTo(3);
    world.crash(1);
    world.restart(1);
    world.elect();
    assertThat(SimWorld.value(world.await(world.read(1, "a")))).isEqualTo("2");
    assertThat(world.revisionOf(world.put(1, "a", "3"))).isEqualTo(4);
    world.stop(1);
    world.restart(1);
    world.elect();
    assertThat(SimWorld.value(world.await(world.read(1, "a")))).isEqualTo("3");
    assertThat(world.history(1)).containsExactly("2 a = 1", "3 a = 2", "4 a = 3");
    world.requireHealthy();
  }

  @Test
  void one_member_that_loses_power_replays_what_its_state_lost() {
    SimWorld world = SimWorld.of(2, directory, 1);
    world.elect();
    for (int i = 0; i < 50; i++) {
      world.await(world.put(1, "k" + i, "v"));
      world.tick(1);
    }
    world.powerCut(1);
    world.restart(1);
    world.elect();
    world.await(world.read(1, "k0"));
    assertThat(world.history(1)).hasSize(50);
    world.requireHealthy();
  }

  @Test
  void writes_and_linearizable_reads_work_on_every_member() {
    SimWorld world = SimWorld.of(3, directory, 3);
    world.elect();
    for (long member = 1; member <= 3; member++) {
      world.await(world.put(member, "a", "by " + member));
      for (long reader = 1; reader <= 3; reader++) {
        assertThat(SimWorld.value(world.await(world.read(reader, "a")))).isEqualTo("by " + member);
      }
    }
    world.converge(20);
    world.requireHealthy();
  }

  @Test
  void nothing_is_acknowledged_before_a_majority_of_the_disks_has_it() {
    SimWorld world = SimWorld.of(17, directory, 3);
    long leader = world.elect();
    long one = world.otherThan(leader);
    long other = world.otherThan(leader, one);
    world.stall(one, 1, true);
    world.stall(other, 1, true);
    Ask<Result> put = world.put(leader, "a", "1");
    world.tick(5);
    assertThat(put.done()).isFalse();
    world.stall(one, 1, false);
    world.settle();
    put.get();
    world.heal();
    world.converge(20);
    world.requireHealthy();
  }

  @Test
  void nothing_acknowledged_is_lost_when_the_leader_crashes_under_load() {
    for (long seed = 0; seed < 10; seed++) {
      SimWorld world = SimWorld.of(seed, directory.resolve("s" + seed), 3);
      long leader = world.elect();
      List<Ask<Result>> puts = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        puts.add(world.put(1 + i % 3, "k" + i, "v"));
        for (int s = 0; s < 5; s++) {
          world.step();
        }
      }
      world.crash(leader);
      world.elect();
      world.requireAnswered();
      world.restart(leader);
      world.elect();
      world.converge(100);
      requireAcknowledged(world, puts);
      world.requireHealthy();
    }
  }

  @Test
  void nothing_acknowledged_is_lost_when_all_crash_at_once() {
    for (long seed = 0; seed < 10; seed++) {
      SimWorld world = SimWorld.of(seed, directory.resolve("s" + seed), 3);
      world.elect();
      List<Ask<Result>> puts = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        puts.add(world.put(1 + i % 3, "k" + i, "v"));
        for (int s = 0; s < 10; s++) {
          world.step();
        }
        if (i % 50 == 0) {
          world.tick(1);
        }
      }
      for (long id = 1; id <= 3; id++) {
        world.powerCut(id);
      }
      for (long id = 1; id <= 3; id++) {
        world.restart(id);
      }
      world.elect();
      world.converge(100);
      assertThat(puts.stream().filter(Ask::succeeded).count()).isPositive();
      requireAcknowledged(world, puts);
      world.requireHealthy();
    }
  }

  private static void requireAcknowledged(SimWorld world, List<Ask<Result>> puts) {
    List<String> history = world.history(world.otherThan(0));
    for (int i = 0; i < puts.size(); i++) {
      Ask<Result> put = puts.get(i);
      String key = "k" + i + " = ";
      long times = history.stream().filter(line -> line.contains(" " + key)).count();
      assertThat(times).as("a put is applied at most once: " + put.describe()).isLessThan(2);
      if (put.succeeded()) {
        assertThat(history).contains(((Result.Putted) put.get()).revision() + " " + key + "v");
      }
    }
  }

  @Test
  void a_leader_that_is_cut_off_neither_acknowledges_nor_reads() {
    SimWorld world = SimWorld.of(4, directory, 3);
    long old = world.elect();
    world.await(world.put(old, "a", "old"));
    world.isolate(old);
    Ask<Result> lost = world.put(old, "a", "lost");
    Ask<Result.Ranged> stale = world.read(old, "a");
    world.settle();
    assertThat(lost.done()).isFalse();
    assertThat(stale.done()).isFalse();
    long other = world.otherThan(old);
    world.until("another leads", 100, () -> isLed(world, other, old));
    world.await(world.put(other, "a", "new"));
    world.tick(2);
    assertThat(stale.succeeded()).isFalse();
    world.until("the old leader has given up", 100, () -> lost.done() && stale.done());
    assertThat(lost.error).isEqualTo(EtcdError.TIMEOUT_LEADER_FAIL);
    assertThat(stale.error).isEqualTo(EtcdError.TIMEOUT);
    world.heal();
    world.elect();
    assertThat(SimWorld.value(world.await(world.read(old, "a")))).isEqualTo("new");
    world.converge(50);
    assertThat(world.history(old)).noneMatch(line -> line.contains("lost"));
    world.requireHealthy();
  }

  private static boolean isLed(SimWorld world, long member, long notBy) {
    long leader = world.node(member).status().leader();
    return leader != 0 && leader != notBy;
  }

  @Test
  void a_read_that_waits_when_its_leader_is_cut_off_is_answered_after_the_healing() {
    SimWorld world = SimWorld.of(5, directory, 3);
    long old = world.elect();
    world.await(world.put(old, "a", "old"));
    world.isolate(old);
    List<Ask<Result.Ranged>> reads = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      reads.add(world.read(old, "a"));
      world.tick(1);
    }
    long other = world.otherThan(old);
    world.until("another leads", 100, () -> isLed(world, other, old));
    world.await(world.put(other, "a", "new"));
    world.heal();
    for (Ask<Result.Ranged> read : reads) {
      assertThat(SimWorld.value(world.await(read))).isEqualTo("new");
    }
    world.requireHealthy();
  }

  @Test
  void what_is_asked_without_a_leader_waits_for_one() {
    SimWorld world = SimWorld.of(6, directory, 3);
    List<Ask<Result>> puts = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      puts.add(world.put(1 + i % 3, "k" + i, "v"));
    }
    Ask<Result.Ranged> read = world.read(2, "k1");
    world.settle();
    assertThat(puts).noneMatch(Ask::done);
    for (Ask<Result> put : puts) {
      assertThat(world.await(put)).isInstanceOf(Result.Putted.class);
    }
    world.await(read);
    world.converge(20);
    world.requireHealthy();
  }

  @Test
  void what_is_asked_without_a_leader_is_refused_at_the_bound_and_times_out() {
    SimWorld world = new SimWorld(7, directory);
    world.settings.maxPendingRequests = 10;
    world.found(3);
    world.crash(2);
    world.crash(3);
    List<Ask<Result>> puts = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      puts.add(world.put(1, "k" + i, "v"));
    }
    assertThat(puts.get(10).error).isEqualTo(EtcdError.TOO_MANY_REQUESTS);
    assertThat(puts.get(11).error).isEqualTo(EtcdError.TOO_MANY_REQUESTS);
    world.tick(69);
    assertThat(puts.subList(0, 10)).noneMatch(Ask::done);
    world.tick(2);
    assertThat(puts.subList(0, 10)).allMatch(p -> p.error == EtcdError.TIMEOUT);
    Ask<Result> next = world.put(1, "next", "v");
    world.settle();
    assertThat(next.done()).isFalse();
    world.restart(2);
    world.restart(3);
    world.elect();
    world.await(next);
    world.converge(30);
    assertThat(world.history(1)).containsExactly("2 next = v");
    world.requireHealthy();
  }

  @Test
  void reads_and_questions_about_leases_are_refused_at_the_bound() {
    SimWorld world = new SimWorld(8, directory);
    world.settings.maxPendingRequests = 10;
    world.found(3);
    world.crash(2);
    world.crash(3);
    for (int i = 0; i < 10; i++) {
      world.read(1, "a");
      world.keepAlive(1, 7);
    }
    assertThat(world.awaitError(world.read(1, "a"))).isEqualTo(EtcdError.TOO_MANY_REQUESTS);
    assertThat(world.awaitError(world.keepAlive(1, 7))).isEqualTo(EtcdError.TOO_MANY_REQUESTS);
    world.tick(80);
    world.restart(2);
    world.restart(3);
    world.elect();
    world.await(world.read(1, "a"));
    assertThat(world.await(world.keepAlive(1, 7)).ttlSeconds()).isZero();
    world.requireHealthy();
  }

  @Test
  void a_proposal_that_was_certainly_not_sent_is_sent_again() {
    SimWorld world = SimWorld.of(9, directory, 3);
    long leader = world.elect();
    long follower = world.otherThan(leader);
    world.refuse(follower, leader);
    Ask<Result> put = world.put(follower, "a", "1");
    world.tick(3);
    assertThat(put.done()).isFalse();
    world.heal();
    world.await(put);
    assertThat(put.answeredTick - put.askedTick).isLessThan(10);
    world.converge(20);
    assertThat(world.history(leader)).containsExactly("2 a = 1");
    world.requireHealthy();
  }

  @Test
  void a_proposal_that_was_lost_on_the_way_times_out_and_is_not_sent_again() {
    SimWorld world = SimWorld.of(10, directory, 3);
    long leader = world.elect();
    long follower = world.otherThan(leader);
    world.filter = (from, to, message) -> !(message instanceof PeerMessage.Forward);
    Ask<Result> put = world.put(follower, "a", "1");
    world.tick(5);
    world.heal();
    assertThat(world.awaitError(put)).isEqualTo(EtcdError.TIMEOUT);
    world.converge(20);
    assertThat(world.history(leader)).isEmpty();
    world.requireHealthy();
  }

  /** As a member of another release may forward it, or one that is broken. */
  @Test
  void what_cannot_be_applied_is_refused_before_it_is_in_the_log_whoever_forwards_it() {
    SimWorld world = SimWorld.of(13, directory, 3);
    long leader = world.elect();
    long follower = world.otherThan(leader);
    world.awaitLevel();
    long last = world.node(leader).status().commit();
    List<byte[]> bad =
        List.of(
            new byte[0],
            new byte[] {1, 99},
            new byte[] {(byte) 200, 2},
            CommandCodec.encode(Command.Put.of(Bytes.EMPTY, Bytes.utf8("v"))),
            CommandCodec.encode(new Command.MemberUpdate(leader, List.of("::::"))),
            CommandCodec.encode(new Command.RaiseLevel(FeatureLevel.NEWEST)));
    List<PeerMessage> answers = new ArrayList<>();
    world.filter =
        (from, to, message) -> {
          if (from == leader && message instanceof PeerMessage.ForwardRefused) {
            answers.add(message);
          }
          return true;
        };
    for (int i = 0; i < bad.size(); i++) {
      Proposal proposal = new Proposal(follower, i, Caller.NOBODY, bad.get(i));
      world.life(follower).send(leader, List.of(new PeerMessage.Forward(List.of(proposal))));
    }
    world.tick(3);
    assertThat(answers)
        .containsExactly(
            new PeerMessage.ForwardRefused(List.of(0L), "PROPOSAL_DROPPED"),
            new PeerMessage.ForwardRefused(List.of(1L), "PROPOSAL_DROPPED"),
            new PeerMessage.ForwardRefused(List.of(2L), "PROPOSAL_DROPPED"),
            new PeerMessage.ForwardRefused(List.of(3L), "EMPTY_KEY"),
            new PeerMessage.ForwardRefused(List.of(4L), "MEMBER_BAD_URLS"),
            new PeerMessage.ForwardRefused(List.of(5L), "ABOVE_FEATURE_LEVEL"));
    assertThat(world.node(leader).status().commit()).isEqualTo(last);
    world.await(world.put(follower, "a", "1"));
    world.requireHealthy();
  }

  @Test
  void lost_read_requests_and_answers_are_made_good() {
    SimWorld world = SimWorld.of(11, directory, 3);
    long leader = world.elect();
    long follower = world.otherThan(leader);
    world.await(world.put(leader, "a", "1"));
    world.filter =
        (from, to, message) ->
            !(message instanceof PeerMessage.OfRaft m
                && m.message().kind().name().startsWith("READ_INDEX"));
    Ask<Result.Ranged> read = world.read(follower, "a");
    world.tick(20);
    assertThat(read.done()).isFalse();
    world.heal();
    world.tick(7);
    assertThat(SimWorld.value(read.get())).isEqualTo("1");
    world.requireHealthy();
  }

  @Test
  void reads_that_cannot_be_confirmed_time_out_once() {
    SimWorld world = SimWorld.of(16, directory, 3);
    long leader = world.elect();
    long follower = world.otherThan(leader);
    world.filter =
        (from, to, message) ->
            !(message instanceof PeerMessage.OfRaft m
                && m.message().kind().name().startsWith("READ_INDEX"));
    List<Ask<Result.Ranged>> reads = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      reads.add(world.read(follower, "a"));
      world.tick(1);
    }
    world.tick(80);
    assertThat(reads).allMatch(r -> r.error == EtcdError.TIMEOUT);
    world.heal();
    world.await(world.read(follower, "a"));
    world.requireHealthy();
  }

  @Test
  void requests_beyond_what_the_leader_may_have_uncommitted_wait_for_their_turn() {
    SimWorld world = new SimWorld(12, directory);
    world.settings.maxUncommittedBytes = 4_000;
    world.settings.maxBatchBytes = 1_000;
    world.found(3);
    long leader = world.elect();
    List<Ask<Result>> puts = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      puts.add(world.put(1 + i % 3, "k" + i, "v".repeat(100)));
    }
    world.requireAnswered();
    assertThat(puts).allMatch(Ask::succeeded);
    world.converge(20);
    assertThat(world.history(leader)).hasSize(300);
    world.requireHealthy();
  }

  @Test
  void a_command_above_the_bound_is_refused() {
    SimWorld world = new SimWorld(13, directory);
    world.settings.maxRequestBytes = 1_000;
    world.found(1);
    world.elect();
    assertThat(world.awaitError(world.put(1, "a", "v".repeat(1_000))))
        .isEqualTo(EtcdError.REQUEST_TOO_LARGE);
    world.await(world.put(1, "a", "v".repeat(900)));
    world.requireHealthy();
  }

  @Test
  void leadership_moves_where_it_is_told_to_and_no_request_is_lost_by_it() {
    for (long seed = 0; seed < 10; seed++) {
      SimWorld world = SimWorld.of(seed, directory.resolve("s" + seed), 3);
      long old = world.elect();
      long target = world.otherThan(old);
      List<Ask<Result>> puts = new ArrayList<>();
      Ask<Long> moved = world.new Ask<>(world.life(old), "move");
      for (int i = 0; i < 60; i++) {
        puts.add(world.put(1 + i % 3, "k" + i, "v"));
        if (i == 30) {
          world.node(old).moveLeader(target, moved);
        }
        world.step();
        world.step();
      }
      assertThat(world.await(moved)).isEqualTo(target);
      assertThat(world.elect()).isEqualTo(target);
      for (Ask<Result> put : puts) {
        world.await(put);
        assertThat(put.answeredTick - put.askedTick).isLessThan(20);
      }
      world.converge(20);
      assertThat(world.history(1)).hasSize(60);
      world.requireHealthy();
    }
  }

  @Test
  void leadership_cannot_move_to_strangers_nor_from_followers() {
    SimWorld world = SimWorld.of(14, directory, 3);
    long leader = world.elect();
    long follower = world.otherThan(leader);
    assertThat(moveError(world, follower, leader)).isEqualTo(EtcdError.NOT_LEADER);
    assertThat(moveError(world, leader, 9)).isEqualTo(EtcdError.BAD_LEADER_TRANSFEREE);
    world.isolate(follower);
    assertThat(moveError(world, leader, follower)).isEqualTo(EtcdError.TIMEOUT_LEADER_TRANSFER);
    world.heal();
    world.elect();
    world.requireHealthy();
  }

  private static EtcdError moveError(SimWorld world, long member, long target) {
    Ask<Long> moved = world.new Ask<>(world.life(member), "move to " + target);
    world.node(member).moveLeader(target, moved);
    return world.awaitError(moved);
  }

  @Test
  void a_leader_that_is_to_stop_hands_over_first() {
    SimWorld world = SimWorld.of(15, directory, 3);
    long old = world.elect();
    boolean[] done = new boolean[1];
    world.node(old).abdicate(() -> done[0] = true);
    world.until("it has handed over", 5, () -> done[0]);
    assertThat(world.elect()).isNotEqualTo(old);
    boolean[] follower = new boolean[1];
    world.node(old).abdicate(() -> follower[0] = true);
    world.settle();
    assertThat(follower[0]).isTrue();
    world.requireHealthy();
  }

  @Test
  void a_hash_of_the_newest_revision_can_be_had_while_writes_come_in() {
    for (long seed = 0; seed < 20; seed++) {
      SimWorld world = SimWorld.of(seed, directory.resolve("s" + seed), 1);
      world.elect();
      for (int i = 0; i < 50; i++) {
        world.put(1, "k" + i, "v");
        if (i % 5 == 0) {
          world.hash(1, 0);
        }
        world.step();
        world.step();
      }
      world.requireHealthy();
      assertThat(world.awaitError(world.hash(1, 1_000))).isEqualTo(EtcdError.FUTURE_REV);
    }
  }
}
