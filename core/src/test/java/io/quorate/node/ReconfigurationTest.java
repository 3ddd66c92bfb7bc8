package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.codec.PeerMessage;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Member;
import io.quorate.command.MemberChange;
import io.quorate.command.Result;
import io.quorate.sim.SimWorld;
import io.quorate.sim.SimWorld.Ask;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members that come, vote, and go. */
class ReconfigurationTest {
  private final Path directory;

  ReconfigurationTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private static MemberChange add(long id, boolean learner) {
    return new MemberChange.Add(id, List.of(SimWorld.url(id)), learner);
  }

  private static void publish(SimWorld world, long id) {
    world.await(world.propose(id, new Command.MemberPublish(id, "m" + id, List.of())));
  }

  @Test
  void a_learner_joins_catches_up_is_promoted_and_then_counts() {
    SimWorld world = SimWorld.of(1, directory, 3);
    long leader = world.elect();
    long follower = world.otherThan(leader);
    for (int i = 0; i < 20; i++) {
      world.await(world.put(leader, "k" + i, "v"));
    }
    Result.Members added = (Result.Members) world.await(world.change(follower, add(4, true)));
    assertThat(added.member())
        .isEqualTo(new Member(4, "", List.of(SimWorld.url(4)), List.of(), true));
    assertThat(world.awaitError(world.change(follower, new MemberChange.Promote(4))))
        .isEqualTo(EtcdError.LEARNER_NOT_READY);
    world.join(4);
    world.elect();
    world.converge(50);
    assertThat(world.node(4).status().isLearner()).isTrue();
    publish(world, 4);
    world.tick(10); // then it has heard from all
    world.await(world.change(4, new MemberChange.Promote(4)));
    world.converge(20);
    assertThat(world.node(4).status().isLearner()).isFalse();
    // four voters: two of them are no majority
    world.crash(world.otherThan(leader, 4));
    world.await(world.put(4, "with three", "v"));
    world.crash(world.otherThan(leader, 4));
    Ask<Result> put = world.put(leader, "with two", "v");
    world.tick(10);
    assertThat(put.done()).isFalse();
    world.requireAnswered();
    assertThat(put.error).isNotNull();
  }

  @Test
  void a_single_member_grows_to_three_and_hands_leadership_to_the_newest() {
    SimWorld world = SimWorld.of(2, directory, 1);
    world.elect();
    world.await(world.put(1, "a", "1"));
    Ask<Result> add = world.change(1, add(2, false));
    world.await(add);
    world.join(2);
    world.elect();
    publish(world, 2);
    world.await(world.change(2, add(3, false)));
    world.join(3);
    world.elect();
    publish(world, 3);
    world.moveLeader(3);
    world.await(world.put(2, "b", "2"));
    world.converge(20);
    assertThat(world.history(3)).containsExactly("2 a = 1", "3 b = 2");
    world.requireHealthy();
  }

  @Test
  void who_has_added_a_member_may_ask_for_its_promotion_at_once() {
    SimWorld world = SimWorld.of(3, directory, 1);
    world.elect();
    List<EtcdError> answers = new ArrayList<>();
    Callback<Result> promotion =
        new Callback<>() {
          @Override
          public void complete(Result result) {
            throw new AssertionError("it has not even started");
          }

          @Override
          public void fail(EtcdError error) {
            answers.add(error);
          }
        };
    world
        .node(1)
        .changeMembers(
            Caller.NOBODY,
            add(2, true),
            new Callback<>() {
              @Override
              public void complete(Result result) {
                world.node(1).changeMembers(Caller.NOBODY, new MemberChange.Promote(2), promotion);
              }

              @Override
              public void fail(EtcdError error) {
                answers.add(error);
              }
            });
    world.tick(3);
    assertThat(answers).containsExactly(EtcdError.LEARNER_NOT_READY);
  }

  @Test
  void a_removed_member_is_told_so_and_the_others_go_on() {
    for (long seed = 0; seed < 10; seed++) {
      SimWorld world = SimWorld.of(seed, directory.resolve("s" + seed), 3);
      long leader = world.elect();
      long gone = seed % 2 == 0 ? leader : world.otherThan(leader);
      Ask<Result> remove = world.change(world.otherThan(gone), new MemberChange.Remove(gone));
      world.await(remove);
      world.until("it knows", 50, () -> world.life(gone).removed);
      world.elect();
      for (int i = 0; i < 5; i++) {
        world.await(world.put(world.otherThan(gone), "k" + i, "v"));
      }
      world.converge(30);
      world.requireHealthy();
    }
  }

  /** It counts as a voter from the moment it is added, whether it has heard so or not. */
  @Test
  void a_voter_that_knows_nothing_yet_helps_to_elect_a_leader() {
    for (long seed = 0; seed < 40; seed++) {
      SimWorld world = new SimWorld(seed, directory.resolve("s" + seed));
      world.settings.reconfigCheck = ReconfigCheck.NONE;
      world.found(3);
      world.moveLeader(1);
      world.crash(2);
      world.filter = (from, to, message) -> !(message instanceof PeerMessage.SnapshotChunk);
      world.await(world.change(1, add(4, false)));
      world.join(4);
      world.until("it hears the leader", 20, () -> world.node(4).status().leader() == 1);
      world.crash(1);
      world.until("it has lost it", 25, () -> world.node(4).status().leader() == 0);
      world.restart(1);
      world.elect();
    }
  }

  /** It would otherwise ask for ever for the vote of one that has left. */
  @Test
  void a_member_left_alone_still_knows_it_after_a_power_cut() {
    for (long seed = 0; seed < 50; seed++) {
      SimWorld world = SimWorld.of(seed, directory.resolve("s" + seed), 2);
      world.moveLeader(1);
      world.change(1, new MemberChange.Remove(2));
      while (!world.life(2).removed) {
        if (!world.step()) {
          world.tickHastily(1);
        }
      }
      world.powerCut(1);
      world.crash(2);
      world.restart(1);
      world.until("it leads alone", 50, () -> world.node(1).status().isLeader());
      world.await(world.put(1, "a", "1"));
    }
  }

  @Test
  void a_member_that_restarts_removed_is_told_again() {
    SimWorld world = SimWorld.of(3, directory, 3);
    long leader = world.elect();
    long gone = world.otherThan(leader);
    world.await(world.change(leader, new MemberChange.Remove(gone)));
    world.until("it knows", 50, () -> world.life(gone).removed);
    world.tick(5);
    world.crash(gone);
    world.restart(gone);
    world.tick(2);
    assertThat(world.life(gone).removed).isTrue();
    world.requireHealthy();
  }

  @Test
  void a_dead_member_is_replaced() {
    SimWorld world = new SimWorld(4, directory);
    world.settings.snapshotCount = 20;
    world.settings.catchupEntries = 5;
    world.found(3);
    long leader = world.elect();
    long dead = world.otherThan(leader);
    world.crash(dead);
    for (int i = 0; i < 50; i++) {
      world.await(world.put(leader, "k" + i, "v"));
    }
    world.await(world.change(leader, new MemberChange.Remove(dead)));
    world.lives.remove(dead);
    world.await(world.change(leader, add(4, false)));
    world.join(4);
    world.elect();
    publish(world, 4);
    world.converge(50);
    assertThat(world.history(4)).hasSize(50);
    assertThat(world.node(4).members().members())
        .extracting(Member::id)
        .contains(4L, leader)
        .doesNotContain(dead)
        .hasSize(3);
    world.requireHealthy();
  }

  @Test
  void changes_that_would_endanger_the_quorum_are_refused() {
    SimWorld world = SimWorld.of(5, directory, 3);
    long leader = world.elect();
    long dead = world.otherThan(leader);
    long other = world.otherThan(leader, dead);
    world.crash(dead);
    world.tick(60);
    assertThat(world.awaitError(world.change(leader, new MemberChange.Remove(other))))
        .isEqualTo(EtcdError.UNHEALTHY);
    assertThat(world.awaitError(world.change(leader, new MemberChange.Remove(99))))
        .isEqualTo(EtcdError.MEMBER_NOT_FOUND);
    assertThat(world.awaitError(world.change(leader, new MemberChange.Promote(other))))
        .isEqualTo(EtcdError.MEMBER_NOT_LEARNER);
    assertThat(world.awaitError(world.change(leader, add(other, true))))
        .isEqualTo(EtcdError.MEMBER_EXIST);
    world.await(world.change(leader, add(4, true)));
    assertThat(world.awaitError(world.change(leader, add(5, true))))
        .isEqualTo(EtcdError.TOO_MANY_LEARNERS);
    world.await(world.change(leader, new MemberChange.Remove(4)));
    world.await(world.change(leader, new MemberChange.Remove(dead)));
    world.requireHealthy();
  }

  @Test
  void peer_urls_that_nobody_could_connect_to_never_come_into_the_log() {
    SimWorld world = SimWorld.of(7, directory, 3);
    long leader = world.elect();
    long follower = world.otherThan(leader);
    for (String url : List.of("http://127.0.0.1:99999", "::::", "127.0.0.1:2380")) {
      for (boolean learner : List.of(true, false)) {
        assertThat(
                world.awaitError(
                    world.change(follower, new MemberChange.Add(4, List.of(url), learner))))
            .isEqualTo(EtcdError.MEMBER_BAD_URLS);
      }
      assertThat(
              world.awaitError(
                  world.propose(follower, new Command.MemberUpdate(leader, List.of(url)))))
          .isEqualTo(EtcdError.MEMBER_BAD_URLS);
    }
    assertThat(
            world.awaitError(world.propose(leader, new Command.MemberUpdate(follower, List.of()))))
        .isEqualTo(EtcdError.MEMBER_BAD_URLS);
    world.converge(20);
    assertThat(world.node(leader).members().members())
        .extracting(Member::peerUrls)
        .containsExactly(
            List.of(SimWorld.url(1)), List.of(SimWorld.url(2)), List.of(SimWorld.url(3)));
    world.requireHealthy();
  }

  /** etcd's HealthInterval: in a cluster that has just begun nobody is added or removed yet. */
  @Test
  void a_peer_counts_once_it_was_connected_for_five_seconds_without_interruption() {
    SimWorld world = healthy(8, directory, 3);
    long leader = world.elect();
    long follower = world.otherThan(leader);
    assertRefused(world, leader, add(4, true));
    assertRefused(world, leader, add(4, false));
    assertRefused(world, leader, new MemberChange.Remove(follower));
    settle(world);
    world.node(leader).peerLost(follower); // for a moment: what comes next is heard again
    world.tick(10);
    assertRefused(world, leader, add(4, true));
    assertRefused(world, leader, add(4, false));
    settle(world);
    world.await(world.change(leader, add(4, true)));
    world.await(world.change(leader, new MemberChange.Remove(4)));
    world.await(world.change(leader, new MemberChange.Remove(follower)));
    world.requireHealthy();
  }

  @Test
  void a_learner_is_refused_while_a_voter_is_down_unless_nobody_checks_or_members_come_and_go() {
    for (ReconfigCheck check : ReconfigCheck.values()) {
      SimWorld world = new SimWorld(9, directory.resolve(check.name()));
      world.settings.reconfigCheck = check;
      world.found(3);
      long leader = world.elect();
      settle(world);
      long dead = world.otherThan(leader);
      world.crash(dead);
      world.tick(60);
      if (check == ReconfigCheck.HEALTHY) {
        assertRefused(world, leader, add(4, true));
        // before what the log would say about it
        assertRefused(world, leader, new MemberChange.Add(4, List.of(SimWorld.url(dead)), true));
        world.await(world.change(leader, new MemberChange.Remove(dead)));
        settle(world);
      }
      world.await(world.change(leader, add(4, true)));
      world.requireHealthy();
    }
  }

  @Test
  void a_single_member_may_add_another_at_once_but_two_that_have_just_connected_may_not() {
    SimWorld world = healthy(10, directory, 1);
    world.elect();
    world.await(world.change(1, add(2, false)));
    world.join(2);
    world.elect();
    publish(world, 2);
    assertRefused(world, 2, add(3, true));
    settle(world);
    world.await(world.change(2, add(3, true)));
    world.requireHealthy();
  }

  /** With etcd's check. */
  private static SimWorld healthy(long seed, Path directory, int members) {
    SimWorld world = new SimWorld(seed, directory);
    world.settings.reconfigCheck = ReconfigCheck.HEALTHY;
    return world.found(members);
  }

  private static void assertRefused(SimWorld world, long asked, MemberChange change) {
    assertThat(world.awaitError(world.change(asked, change))).isEqualTo(EtcdError.UNHEALTHY);
  }

  /** Long enough that all who are connected count. */
  private static void settle(SimWorld world) {
    world.tick(65);
  }

  @Test
  void a_voter_that_has_never_started_holds_up_the_next() {
    SimWorld world = SimWorld.of(6, directory, 2);
    long leader = world.elect();
    world.await(world.change(leader, add(3, false)));
    assertThat(world.awaitError(world.change(leader, add(4, false))))
        .isEqualTo(EtcdError.MEMBER_NOT_ENOUGH_STARTED);
    world.requireHealthy();
  }

  @Test
  void changes_asked_for_at_the_same_time_on_all_members_follow_each_other() {
    for (long seed = 0; seed < 10; seed++) {
      SimWorld world = new SimWorld(seed, directory.resolve("s" + seed));
      world.settings.maxLearners = 10;
      world.found(3);
      world.elect();
      List<Ask<Result>> changes = new java.util.ArrayList<>();
      for (long id = 4; id <= 9; id++) {
        changes.add(world.change(1 + id % 3, add(id, true)));
      }
      for (Ask<Result> change : changes) {
        world.await(change);
      }
      world.tick(2);
      assertThat(world.node(1).members().members()).hasSize(9);
      world.converge(30);
      world.requireHealthy();
    }
  }

  @Test
  void a_change_asked_for_while_leadership_moves_is_made_or_refused_once() {
    for (long seed = 0; seed < 20; seed++) {
      SimWorld world = SimWorld.of(seed, directory.resolve("s" + seed), 3);
      long leader = world.elect();
      long follower = world.otherThan(leader);
      world.node(leader).moveLeader(follower, world.new Ask<>(world.life(leader), "move"));
      for (int i = (int) seed; i > 0; i--) {
        world.step();
      }
      Ask<Result> change = world.change(1 + seed % 3, add(4, true));
      world.requireAnswered();
      world.elect();
      world.converge(30);
      assertThat(world.node(1).members().member(4) != null).isEqualTo(change.succeeded());
      world.requireHealthy();
    }
  }
}
