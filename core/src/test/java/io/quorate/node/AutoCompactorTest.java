package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Command;
import io.quorate.node.AutoCompaction.Mode;
import io.quorate.sim.SimWorld;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When history is compacted without being asked, in ticks. */
class AutoCompactorTest {
  private static final int MINUTE_MILLIS = 60_000;

  private final Path directory;

  AutoCompactorTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private SimWorld world(int members, int tickMillis, AutoCompaction compaction) {
    SimWorld world = new SimWorld(members, directory.resolve(compaction.toString()));
    world.settings.tickMillis = tickMillis;
    world.settings.autoCompaction = compaction;
    return world.found(members);
  }

  /** The compacted revision after each tick, with one put a tick. */
  private static List<Long> revisions(SimWorld world, long member, int ticks) {
    List<Long> compacted = new ArrayList<>();
    for (int tick = 1; tick <= ticks; tick++) {
      world.put(member, "k", "v");
      world.settle();
      world.tick(1);
      world.settle();
      compacted.add(world.node(member).kv().compactRevision());
    }
    return compacted;
  }

  /** The ticks (from 0) at which the compacted revision rose. */
  private static List<Integer> rises(List<Long> compacted) {
    List<Integer> rises = new ArrayList<>();
    for (int i = 1; i < compacted.size(); i++) {
      if (compacted.get(i) > compacted.get(i - 1)) {
        rises.add(i);
      }
    }
    return rises;
  }

  @Test
  void aShortRetentionIsAlsoTheInterval() {
    SimWorld world = world(1, 100, new AutoCompaction(Mode.PERIODIC, 5_000));
    world.elect();
    List<Long> compacted = revisions(world, 1, 170);
    List<Integer> rises = rises(compacted);
    assertThat(rises).hasSize(3);
    assertThat(rises.get(0)).isLessThanOrEqualTo(50);
    for (int i = 1; i < 3; i++) {
      assertThat(rises.get(i) - rises.get(i - 1)).isEqualTo(50);
    }
    // one revision a tick; the oldest note is a retention older than the last, as in etcd
    assertThat(rises.get(1) + 2 - compacted.get(rises.get(1))).isEqualTo(55);
  }

  @Test
  void aLongRetentionIsLookedAtEveryHourOnceItHasPassed() {
    SimWorld world = world(1, MINUTE_MILLIS, new AutoCompaction(Mode.PERIODIC, 7_200_000));
    world.elect();
    List<Long> compacted = revisions(world, 1, 250);
    List<Integer> rises = rises(compacted);
    assertThat(rises).hasSize(3);
    assertThat(rises.get(0)).isBetween(100, 120);
    assertThat(rises.get(1) - rises.get(0)).isEqualTo(60);
    assertThat(rises.get(1) + 2 - compacted.get(rises.get(1))).isEqualTo(126);
    assertThat(rises.get(2) - rises.get(1)).isEqualTo(60);
  }

  @Test
  void byRevisionItIsLookedAtEveryFiveMinutes() {
    SimWorld world = world(1, 10_000, new AutoCompaction(Mode.REVISION, 40));
    world.elect();
    List<Long> compacted = revisions(world, 1, 130);
    List<Integer> rises = rises(compacted);
    assertThat(rises).hasSizeBetween(3, 4);
    for (int i = 1; i < rises.size(); i++) {
      assertThat(rises.get(i) - rises.get(i - 1)).isEqualTo(30);
      assertThat(rises.get(i) + 2 - compacted.get(rises.get(i))).isEqualTo(40);
    }
  }

  /** Followers have noted the revisions, too, so the retention need not pass again. */
  @Test
  void aNewLeaderGoesOnWhereTheOldOneWas() {
    SimWorld world = world(3, 100, new AutoCompaction(Mode.PERIODIC, 5_000));
    long leader = world.elect();
    List<Long> before = revisions(world, leader, 60);
    assertThat(before.get(59)).isPositive();
    world.moveLeader(world.otherThan(leader));
    long next = world.elect();
    List<Long> after = revisions(world, next, 60);
    assertThat(rises(after)).isNotEmpty();
    world.converge(20);
    world.forEachRunning(
        id ->
            assertThat(world.node(id).kv().compactRevision())
                .isEqualTo(world.node(next).kv().compactRevision()));
  }

  @Test
  void nothingNewIsNotCompactedAgain() {
    SimWorld world = world(1, 100, new AutoCompaction(Mode.PERIODIC, 1_000));
    world.elect();
    world.await(world.put(1, "k", "v"));
    world.tick(30);
    long index = world.node(1).status().applied();
    world.tick(100);
    assertThat(world.node(1).status().applied()).isEqualTo(index);
  }

  /** Somebody else was faster: that counts as done. */
  @Test
  void whatIsCompactedAlreadyIsNoFailure() {
    SimWorld world = world(1, 100, new AutoCompaction(Mode.PERIODIC, 1_000));
    world.elect();
    world.await(world.put(1, "k", "v"));
    world.await(world.propose(1, new Command.Compact(2, false)));
    world.tick(40);
    world.requireHealthy();
    assertThat(world.node(1).kv().compactRevision()).isEqualTo(2);
  }
}
