package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.codec.PeerMessage;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Result;
import io.quorate.sim.SimWorld;
import io.quorate.sim.SimWorld.Ask;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Leases run out by the leader's count alone, and never too early. */
class LeaseKeepingTest {
  private final Path directory;

  LeaseKeepingTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private static void grant(SimWorld world, long member, long lease, long ttlSeconds) {
    world.await(world.propose(member, new Command.LeaseGrant(lease, ttlSeconds)));
    world.await(world.putLeased(member, "lease" + lease, "v", lease));
  }

  private static boolean gone(SimWorld world, long member, long lease) {
    return SimWorld.value(world.local(member, "lease" + lease)) == null;
  }

  @Test
  void a_lease_is_there_for_its_whole_time_and_soon_gone_after() {
    SimWorld world = SimWorld.of(1, directory, 3);
    long leader = world.elect();
    grant(world, world.otherThan(leader), 7, 3);
    long granted = world.now;
    world.tick(29);
    assertThat(gone(world, leader, 7)).isFalse();
    world.until("it is gone", 10, () -> gone(world, leader, 7));
    assertThat(world.now - granted).isBetween(30L, 34L);
    world.converge(10);
    assertThat(world.await(world.timeToLive(1, 7)).ttlSeconds()).isEqualTo(-1);
    assertThat(world.await(world.keepAlive(2, 7)).ttlSeconds()).isZero();
    world.requireHealthy();
  }

  @Test
  void a_lease_renewed_through_any_member_stays() {
    SimWorld world = SimWorld.of(2, directory, 3);
    long leader = world.elect();
    grant(world, leader, 7, 3);
    for (int i = 0; i < 30; i++) {
      world.tick(20);
      LeaseReply reply = world.await(world.keepAlive(1 + i % 3, 7));
      assertThat(reply.ttlSeconds()).isEqualTo(3);
      assertThat(world.await(world.timeToLive(1 + i % 3, 7))).isEqualTo(new LeaseReply(3, 3));
    }
    assertThat(gone(world, leader, 7)).isFalse();
    world.until("it is gone", 40, () -> gone(world, leader, 7));
    world.requireHealthy();
  }

  @Test
  void after_a_change_of_leader_a_lease_has_its_full_time_again() {
    SimWorld world = SimWorld.of(3, directory, 3);
    long leader = world.elect();
    grant(world, leader, 7, 5);
    world.tick(45);
    world.crash(leader);
    long next = world.elect();
    long elected = world.now;
    world.tick(49);
    assertThat(gone(world, next, 7)).isFalse();
    assertThat(world.await(world.keepAlive(world.otherThan(next), 7)).ttlSeconds()).isEqualTo(5);
    world.tick(45);
    assertThat(gone(world, next, 7)).isFalse();
    world.until("it is gone", 60, () -> gone(world, next, 7));
    assertThat(world.now - elected).isGreaterThan(90);
    world.requireHealthy();
  }

  @Test
  void a_paused_leader_that_was_replaced_answers_for_no_lease() {
    SimWorld world = SimWorld.of(4, directory, 3);
    long old = world.elect();
    grant(world, old, 7, 2);
    world.life(old).paused = true;
    long other = world.otherThan(old);
    world.until("another leads", 100, () -> leads(world, other, old));
    world.until("the lease is gone", 100, () -> gone(world, other, 7));
    // before it hears from anybody it is asked
    Ask<LeaseReply> renewal = world.keepAlive(old, 7);
    Ask<LeaseReply> ttl = world.timeToLive(old, 7);
    world.life(old).paused = false;
    assertThat(world.await(renewal).ttlSeconds()).isZero();
    assertThat(world.await(ttl).ttlSeconds()).isEqualTo(-1);
    world.requireHealthy();
  }

  /** The question waits for it, and is looked at before it knows how long it slept. */
  @Test
  void a_lease_renewed_right_after_a_pause_has_its_full_time_from_then_on() {
    SimWorld world = SimWorld.of(10, directory, 1);
    world.elect();
    grant(world, 1, 7, 3);
    world.life(1).paused = true;
    world.tick(20);
    Ask<LeaseReply> renewal = world.keepAlive(1, 7);
    world.life(1).wakeLate();
    world.settle();
    assertThat(renewal.get().ttlSeconds()).isEqualTo(3);
    world.tick(29);
    assertThat(gone(world, 1, 7)).isFalse();
    world.until("it is gone", 10, () -> gone(world, 1, 7));
    world.requireHealthy();
  }

  @Test
  void an_answer_to_a_question_of_the_former_process_is_ignored() {
    for (long seed = 0; seed < 30; seed++) {
      SimWorld world = SimWorld.of(seed, directory.resolve("s" + seed), 3);
      world.moveLeader(1);
      grant(world, 1, 7, 5);
      world.life(1).paused = true;
      world.keepAlive(2, 7);
      world.settle(); // the question is on its way
      world.crash(2);
      world.restart(2);
      Ask<LeaseReply> unknown = world.keepAlive(2, 99);
      world.life(1).paused = false;
      assertThat(world.await(unknown).ttlSeconds()).as("seed %d", seed).isZero();
      world.requireHealthy();
    }
  }

  private static boolean leads(SimWorld world, long member, long notBy) {
    long leader = world.node(member).status().leader();
    return leader != 0 && leader != notBy;
  }

  @Test
  void renewals_on_all_members_survive_that_leadership_moves() {
    for (long seed = 0; seed < 20; seed++) {
      SimWorld world = SimWorld.of(seed, directory.resolve("s" + seed), 3);
      long leader = world.elect();
      grant(world, leader, 7, 5);
      List<Ask<LeaseReply>> renewals = new ArrayList<>();
      world
          .node(leader)
          .moveLeader(world.otherThan(leader), world.new Ask<>(world.life(leader), "move"));
      for (int i = 0; i < 30; i++) {
        renewals.add(world.keepAlive(1 + i % 3, 7));
        for (int s = 0; s < 4; s++) {
          world.step();
        }
      }
      for (Ask<LeaseReply> renewal : renewals) {
        assertThat(world.await(renewal).ttlSeconds()).isEqualTo(5);
      }
      world.requireHealthy();
    }
  }

  @Test
  void a_question_refused_by_a_member_that_does_not_lead_is_repeated_only_at_the_next_tick() {
    SimWorld world = SimWorld.of(5, directory, 3);
    long leader = world.elect();
    long follower = world.otherThan(leader);
    grant(world, leader, 7, 5);
    // the leader resigns for want of a quorum, and nobody hears of another
    world.filter = (from, to, message) -> !(message instanceof PeerMessage.OfRaft);
    world.until("it has resigned", 40, () -> !world.node(leader).status().isLeader());
    Ask<LeaseReply> renewal = world.keepAlive(follower, 7);
    long before = world.framesSent;
    world.settle();
    assertThat(world.framesSent - before).isLessThan(50);
    world.heal();
    world.requireAnswered();
    assertThat(renewal.done()).isTrue();
    world.requireHealthy();
  }

  @Test
  void a_renewal_fails_with_no_leader_in_the_end_if_there_is_none() {
    SimWorld world = SimWorld.of(6, directory, 3);
    long leader = world.elect();
    grant(world, leader, 7, 5);
    world.crash(world.otherThan(leader));
    world.crash(world.otherThan(leader));
    Ask<LeaseReply> renewal = world.keepAlive(leader, 7);
    world.requireAnswered();
    assertThat(renewal.error).isEqualTo(EtcdError.NO_LEADER);
  }

  @Test
  void a_renewal_of_a_lease_that_is_being_ended_gets_its_answer_even_if_it_cannot_be_ended() {
    SimWorld world = SimWorld.of(7, directory, 3);
    long leader = world.elect();
    grant(world, leader, 7, 2);
    world.await(
        world.propose(
            leader,
            new Command.Alarm(Command.AlarmAction.ACTIVATE, leader, Command.AlarmType.CORRUPT)));
    world.tick(40);
    assertThat(gone(world, leader, 7)).isFalse();
    Ask<LeaseReply> renewal = world.keepAlive(leader, 7);
    world.tick(80);
    assertThat(renewal.done()).isTrue();
    world.await(
        world.propose(
            leader,
            new Command.Alarm(Command.AlarmAction.DEACTIVATE, leader, Command.AlarmType.CORRUPT)));
    world.until("it is gone", 50, () -> gone(world, leader, 7));
    world.requireHealthy();
  }

  @Test
  void very_many_leases_that_run_out_together_are_gone_within_a_second() {
    SimWorld world = SimWorld.of(8, directory, 3);
    long leader = world.elect();
    List<Ask<Result>> grants = new ArrayList<>();
    for (long lease = 1; lease <= 4_000; lease++) {
      grants.add(world.propose(leader, new Command.LeaseGrant(lease, 2)));
    }
    world.settle();
    assertThat(grants).allMatch(Ask::succeeded);
    world.tick(25);
    Ask<Integer> left = world.new Ask<>(world.life(leader), "leases");
    world.node(leader).withMachine(m -> m.leases().size(), left);
    assertThat(world.await(left)).isZero();
    world.converge(10);
    world.requireHealthy();
  }

  @Test
  void leases_that_came_with_a_snapshot_run_out_when_that_member_leads() {
    SimWorld world = new SimWorld(9, directory);
    world.settings.snapshotCount = 20;
    world.settings.catchupEntries = 5;
    world.found(3);
    long leader = world.elect();
    long late = world.otherThan(leader);
    world.crash(late);
    grant(world, leader, 7, 20);
    for (int i = 0; i < 60; i++) {
      world.await(world.put(leader, "k" + i, "v"));
    }
    world.restart(late);
    world.elect();
    world.converge(50);
    world.moveLeader(late);
    world.tick(190);
    assertThat(gone(world, late, 7)).isFalse();
    world.until("it is gone", 60, () -> gone(world, late, 7));
    world.requireHealthy();
  }
}
