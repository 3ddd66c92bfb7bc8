package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Result;
import io.quorate.sim.SimWorld;
import io.quorate.sim.SimWorld.Ask;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A leader whose disk hangs does not go on leading. */
class LogDiskTest {
  private static final int LOG = 1;

  private final Path directory;

  LogDiskTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Test
  void anotherMemberLeadsSoonAndAnswers() {
    SimWorld world = SimWorld.of(1, directory, 3);
    long hanging = world.elect();
    world.await(world.put(hanging, "a", "1"));
    world.stall(hanging, LOG, true);
    Ask<Result> stuck = world.put(hanging, "a", "2");
    world.tick(20);
    assertThat(world.node(hanging).status().isLeader()).as("patient for a while").isTrue();
    assertThat(stuck.done()).isFalse();

    long other = world.otherThan(hanging);
    world.until("another leads", 30, () -> world.node(other).status().leader() != hanging);
    world.until("it is known", 20, () -> world.node(other).status().leader() != 0);
    world.await(world.put(other, "a", "3"));
    assertThat(world.node(other).status().leader()).isNotEqualTo(hanging);

    world.stall(hanging, LOG, false);
    world.converge(50);
    world.requireHealthy();
  }

  @Test
  void aSingleMemberWaitsForItsDisk() {
    SimWorld world = SimWorld.of(2, directory, 1);
    world.elect();
    world.stall(1, LOG, true);
    Ask<Result> put = world.put(1, "a", "1");
    world.tick(50);
    assertThat(world.node(1).status().isLeader()).isTrue();
    world.stall(1, LOG, false);
    world.await(put);
    world.requireHealthy();
  }

  @Test
  void itSaysSoOnceAndAgainAfterAsLong() {
    SimWorld world = SimWorld.of(3, directory, 1);
    LogDisk disk = new LogDisk(world.node(1).config());
    disk.writeBegins();
    int most = 3 * world.settings.electionTicks;
    for (int i = 1; i < most; i++) {
      assertThat(disk.tick()).isFalse();
    }
    assertThat(disk.tick()).isTrue();
    assertThat(disk.tick()).as("not again at once").isFalse();
    disk.writeEnds();
    for (int i = 0; i < 2 * most; i++) {
      assertThat(disk.tick()).isFalse();
    }
  }
}
