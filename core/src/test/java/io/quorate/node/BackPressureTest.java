package io.quorate.node;

import static io.quorate.command.EtcdError.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.codec.PeerMessage;
import io.quorate.command.Result;
import io.quorate.raft.Message;
import io.quorate.sim.SimWorld;
import io.quorate.sim.SimWorld.Ask;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A state whose disk, or whose applier, cannot keep up: what waits for it stays bounded. */
class BackPressureTest {
  private static final int APPLY = 2;
  private static final int WRITER = 3;
  private static final long MAX_LOG_BYTES = 100_000;

  /** What may be on its way when a member says that it has enough. */
  private static final long SLACK_BYTES = 20_000;

  private final Path directory;
  private int keys;

  BackPressureTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private SimWorld world(int seed, int members) {
    SimWorld world = new SimWorld(seed, directory);
    world.settings.maxLogBytes = MAX_LOG_BYTES;
    world.settings.snapshotCount = 1_000_000;
    world.found(members);
    return world;
  }

  /** Two kilobytes a tick. */
  private List<Ask<Result>> write(SimWorld world, long member, int ticks) {
    List<Ask<Result>> puts = new ArrayList<>();
    for (int i = 0; i < ticks; i++) {
      puts.add(world.put(member, "k" + keys++ % 50, "v".repeat(2_000)));
      world.tick(1);
    }
    return puts;
  }

  private static boolean isAppend(PeerMessage message) {
    return message instanceof PeerMessage.OfRaft m
        && m.message() instanceof Message.AppendRequest append
        && !append.entries().isEmpty();
  }

  @Test
  void a_follower_whose_state_is_not_written_takes_no_more_and_is_fed_from_the_log_later() {
    SimWorld world = new SimWorld(1, directory);
    world.found(3);
    long slow = world.otherThan(world.elect());
    world.crash(slow);
    world.settings.maxLogBytes = MAX_LOG_BYTES; // the others keep all it will need
    world.restart(slow);
    long leader = world.elect();
    world.converge(50);

    world.stall(slow, WRITER, true);
    write(world, leader, 100).forEach(Ask::get);
    int[] appends = new int[1];
    world.filter =
        (from, to, message) -> {
          appends[0] += to == slow && isAppend(message) ? 1 : 0;
          return true;
        };
    write(world, leader, 200).forEach(Ask::get);
    assertThat(world.disk(slow).sizeBytes()).isBetween(MAX_LOG_BYTES, MAX_LOG_BYTES + SLACK_BYTES);
    assertThat(world.waiting(slow, WRITER)).isLessThan(10);
    assertThat(appends[0]).as("one attempt a heartbeat").isBetween(100, 200);
    assertThat(world.elect()).as("it does not disturb the others").isEqualTo(leader);

    world.heal();
    world.converge(100);
    write(world, leader, 5).forEach(Ask::get);
    assertThat(world.disk(slow).sizeBytes()).isLessThan(MAX_LOG_BYTES);
    world.requireHealthy();
  }

  @Test
  void a_follower_that_applies_nothing_takes_no_more_and_gets_a_snapshot_later() {
    SimWorld world = world(2, 3);
    long leader = world.elect();
    long slow = world.otherThan(leader);
    world.stall(slow, APPLY, true);
    write(world, leader, 300).forEach(Ask::get);
    assertThat(world.disk(slow).sizeBytes()).isBetween(MAX_LOG_BYTES, MAX_LOG_BYTES + SLACK_BYTES);
    assertThat(world.disk(leader).sizeBytes()).isLessThan(MAX_LOG_BYTES);
    assertThat(world.elect()).isEqualTo(leader);
    world.heal();
    world.converge(100);
    world.requireHealthy();
  }

  @Test
  void a_leader_whose_state_is_not_written_lets_everybody_wait_and_goes_on_later() {
    SimWorld world = world(3, 3);
    long leader = world.elect();
    world.stall(leader, WRITER, true);
    List<Ask<Result>> here = write(world, leader, 100);
    List<Ask<Result>> there = write(world, world.otherThan(leader), 100);
    assertThat(here.get(0).succeeded()).isTrue();
    assertThat(here.get(99).error).as("for as long as requests may take").isEqualTo(TIMEOUT);
    assertThat(there.get(0).error).isEqualTo(TIMEOUT);
    assertThat(there.get(99).done()).isFalse();
    assertThat(world.disk(leader).sizeBytes())
        .isBetween(MAX_LOG_BYTES, MAX_LOG_BYTES + SLACK_BYTES);
    world.heal();
    world.tick(5);
    assertThat(there.get(99).succeeded()).isTrue();
    assertThat(here).extracting(ask -> ask.error).containsOnly(null, TIMEOUT);
    assertThat(there).extracting(ask -> ask.error).containsOnly(null, TIMEOUT);
    write(world, leader, 100).forEach(Ask::get);
    world.converge(100);
    world.requireHealthy();
  }

  @Test
  void who_has_gone_while_it_waited_is_not_waited_for_and_changes_nothing() {
    SimWorld world = world(6, 3);
    long leader = world.elect();
    world.stall(leader, WRITER, true);
    write(world, leader, 60);
    Ask<Result> gone = world.put(leader, "gone", "1");
    Ask<Result> stays = world.put(leader, "stays", "1");
    world.tick(3);
    gone.wanted = false;
    world.heal();
    world.await(stays);
    assertThat(gone.error).isNotNull();
    world.converge(100);
    assertThat(world.local(leader, "stays").kvs()).hasSize(1);
    assertThat(world.local(leader, "gone").kvs()).isEmpty();
    world.requireHealthy();
  }

  @Test
  void a_read_that_nobody_waits_for_any_more_asks_for_no_round() {
    SimWorld world = world(8, 3);
    long leader = world.elect();
    int[] rounds = new int[1];
    world.filter =
        (from, to, message) -> {
          boolean asks =
              message instanceof PeerMessage.OfRaft m
                  && m.message().kind() == Message.Kind.READ_INDEX_REQUEST;
          rounds[0] += asks ? 1 : 0;
          return true;
        };
    Ask<Result.Ranged> gone = world.read(world.otherThan(leader), "a");
    gone.wanted = false;
    world.tick(3);
    assertThat(gone.done()).isTrue();
    assertThat(rounds[0]).isZero();
    world.await(world.read(world.otherThan(leader), "a"));
    assertThat(rounds[0]).isEqualTo(1);
    world.requireHealthy();
  }

  @Test
  void what_fills_the_log_during_a_checkpoint_is_cut_by_the_next_one() {
    SimWorld world = world(5, 1);
    world.elect();
    world.stall(1, WRITER, true);
    write(world, 1, 30).forEach(Ask::get); // half of what there may be: a checkpoint begins
    List<Ask<Result>> burst = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      burst.add(world.put(1, "b" + i, "v".repeat(2_000)));
    }
    world.tick(2);
    burst.forEach(Ask::get);
    Ask<Result> late = world.put(1, "a", "1");
    world.tick(5);
    assertThat(late.done()).isFalse();
    world.heal();
    world.await(late);
    world.requireHealthy();
  }

  @Test
  void members_that_start_with_more_log_than_they_may_have_cut_it_first() {
    SimWorld world = new SimWorld(4, directory);
    world.found(3);
    write(world, world.elect(), 100).forEach(Ask::get);
    world.forEachRunning(world::stop);
    world.settings.maxLogBytes = MAX_LOG_BYTES;
    for (long id = 1; id <= 3; id++) {
      world.restart(id);
    }
    long leader = world.elect();
    world.tick(5);
    write(world, leader, 100).forEach(Ask::get);
    world.converge(50);
    world.forEachRunning(id -> assertThat(world.disk(id).sizeBytes()).isLessThan(MAX_LOG_BYTES));
    world.requireHealthy();
  }
}
