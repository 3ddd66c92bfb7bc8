package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Result;
import io.quorate.sim.SimWorld;
import io.quorate.sim.SimWorld.Ask;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What counts for the quota, and how the alarm ends. */
class SpaceQuotaTest {
  private static final int QUOTA_BYTES = 20_000;
  private static final int EMPTY_FILE_BYTES = 4_096;

  private final Path directory;

  SpaceQuotaTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private SimWorld full(int seed, boolean disarms) {
    SimWorld world = new SimWorld(seed, directory.resolve(seed + " " + disarms));
    world.settings.quotaBytes = QUOTA_BYTES;
    world.settings.disarmsNoSpace = disarms;
    world.found(3);
    long leader = world.elect();
    Ask<Result> put = world.put(leader, "k", "v".repeat(1_000));
    for (int i = 0; put.error == null; i++) {
      put = world.put(leader, "k", "v".repeat(1_000));
      world.settle();
      assertThat(i).isLessThan(QUOTA_BYTES / 1_000);
    }
    assertThat(put.error).isEqualTo(EtcdError.NO_SPACE);
    world.converge(20);
    assertThat(world.node(leader).alarms())
        .containsExactly(new Result.AlarmMember(leader, Command.AlarmType.NOSPACE));
    return world;
  }

  private static void compact(SimWorld world, long leader) {
    world.await(
        world.propose(leader, new Command.Compact(world.node(leader).kv().revision(), false)));
  }

  @Test
  void compactionEndsTheAlarm() {
    SimWorld world = full(1, true);
    long leader = world.elect();
    world.tick(20);
    assertThat(world.node(leader).alarms()).as("nothing has changed").isNotEmpty();
    compact(world, leader);
    world.until("disarmed", 20, () -> world.node(leader).alarms().isEmpty());
    world.await(world.put(leader, "k", "v".repeat(1_000)));
    world.requireHealthy();
  }

  @Test
  void asInEtcdItStaysIfThatIsWanted() {
    SimWorld world = full(2, false);
    long leader = world.elect();
    compact(world, leader);
    world.tick(50);
    assertThat(world.awaitError(world.put(leader, "k", "v"))).isEqualTo(EtcdError.NO_SPACE);
    world.await(
        world.propose(
            leader,
            new Command.Alarm(Command.AlarmAction.DEACTIVATE, leader, Command.AlarmType.NOSPACE)));
    world.await(world.put(leader, "k", "v"));
  }

  @Test
  void oneThatWasRaisedByHandStaysUntilACompaction() {
    SimWorld world = SimWorld.of(3, directory, 3);
    long leader = world.elect();
    world.await(world.put(leader, "k", "1"));
    world.crash(leader);
    world.restart(leader); // the reason why it was raised is not known any more after a start
    long now = world.elect();
    world.tick(20);
    world.await(
        world.propose(
            now, new Command.Alarm(Command.AlarmAction.ACTIVATE, now, Command.AlarmType.NOSPACE)));
    world.tick(50);
    assertThat(world.awaitError(world.put(now, "k", "2"))).isEqualTo(EtcdError.NO_SPACE);
    compact(world, now);
    world.until("disarmed", 20, () -> world.node(now).alarms().isEmpty());
  }

  @Test
  void roomOnTheDiskEndsTheAlarm() {
    SimWorld world = SimWorld.of(4, directory, 3);
    long leader = world.elect();
    long full = world.otherThan(leader);
    world.state(full).setUsableBytes(SpaceQuota.DISK_RESERVE_BYTES - 1);
    world.await(world.put(leader, "a", "1"));
    world.until("raised", 20, () -> !world.node(leader).alarms().isEmpty());
    world.state(full).setUsableBytes(SpaceQuota.DISK_RESERVE_BYTES + 1);
    world.tick(20);
    assertThat(world.node(leader).alarms()).as("too little room to go on").isNotEmpty();
    world.state(full).setUsableBytes(2 * SpaceQuota.DISK_RESERVE_BYTES);
    world.until("disarmed", 50, () -> world.node(leader).alarms().isEmpty());
  }

  /** On every member, however its records came, and again after a start. */
  @Test
  void whatCompactionKeepsCounts() {
    SimWorld world = SimWorld.of(5, directory, 3);
    long leader = world.elect();
    for (int i = 0; i < 30; i++) {
      world.await(world.put(leader, "key" + i % 7, "v".repeat(i)));
    }
    world.converge(20);
    assertCounted(world);
    compact(world, leader);
    world.converge(20);
    world.tick(20);
    assertCounted(world);
    world.await(world.propose(leader, new Command.LeaseGrant(7, 60)));
    world.converge(20);
    world.forEachRunning(
        id ->
            assertThat(world.node(id).liveBytes())
                .isEqualTo(world.state(id).sizeInUseBytes() - EMPTY_FILE_BYTES + 64));
    world.await(world.propose(leader, new Command.LeaseRevoke(7)));
    world.converge(20);
    long again = world.otherThan(leader);
    world.crash(again);
    world.restart(again);
    world.converge(50);
    assertCounted(world);
  }

  private static void assertCounted(SimWorld world) {
    world.tick(5);
    world.forEachRunning(
        id ->
            assertThat(world.node(id).liveBytes())
                .isEqualTo(world.state(id).sizeInUseBytes() - EMPTY_FILE_BYTES));
  }

  private static Command.Put put(String key) {
    return Command.Put.of(SimWorld.bytes(key), SimWorld.bytes("v".repeat(1_000)));
  }

  private static Command.Txn nested(String key) {
    return new Command.Txn(List.of(), List.of(put(key)), List.of());
  }

  /** A put counts wherever it stands; of two branches the larger one. */
  @Test
  void nestedTransactionsCost() {
    Command.Txn outer =
        new Command.Txn(List.of(), List.of(put("a")), List.of(nested("b"), put("c"), nested("d")));
    assertThat(put("a").growthBytes()).isEqualTo(1_257);
    assertThat(outer.growthBytes()).isEqualTo(3 * 1_257);

    SimWorld world = new SimWorld(6, directory);
    world.settings.quotaBytes = 3 * 1_257;
    world.found(1);
    world.elect();
    assertThat(world.awaitError(world.propose(1, outer))).isEqualTo(EtcdError.NO_SPACE);
  }
}
