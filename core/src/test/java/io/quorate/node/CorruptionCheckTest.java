package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.codec.PeerMessage;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.FeatureLevel;
import io.quorate.command.Result;
import io.quorate.sim.SimWorld;
import io.quorate.sim.SimWorld.Ask;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A member whose store differs from the others' is found, and it is known which one. */
class CorruptionCheckTest {
  private final Path directory;
  private boolean asked;

  CorruptionCheckTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /** Members with ten records each on their disks. */
  private SimWorld world(int seed) {
    SimWorld world = new SimWorld(seed, directory.resolve("s" + seed));
    world.observedBy(
        new SimWorld.Observer() {
          @Override
          public void sent(SimWorld.Life life, PeerMessage message) {
            asked |= message instanceof PeerMessage.HashAsk;
          }
        });
    return world;
  }

  private static void fill(SimWorld world) {
    long leader = world.elect();
    for (int i = 0; i < 10; i++) {
      world.await(world.put(leader, "k" + i, "v"));
    }
    world.converge(20);
    world.tick(5);
  }

  private static void compact(SimWorld world) {
    long leader = world.elect();
    long revision = world.node(leader).kv().revision();
    world.await(world.propose(leader, new Command.Compact(revision, false)));
  }

  private static void untilAlarm(SimWorld world, long member) {
    long leader = world.elect();
    world.until("alarm", 100, () -> !world.node(leader).alarms().isEmpty());
    world.tick(30);
    world.forEachRunning(
        id ->
            assertThat(world.node(id).alarms())
                .containsExactly(new Result.AlarmMember(member, Command.AlarmType.CORRUPT)));
    assertThat(world.awaitError(world.put(leader, "k", "v"))).isEqualTo(EtcdError.CORRUPT);
  }

  @Test
  void aFollowerThatDiffersIsFoundByTheHashOfACompaction() {
    SimWorld world = world(1);
    world.settings.compactHashCheckMillis = 2_000;
    world.found(3);
    fill(world);
    long wrong = world.otherThan(world.elect());
    world.state(wrong).mistake(4);
    world.tick(30);
    assertThat(world.node(wrong).alarms()).as("not before the compaction").isEmpty();
    compact(world);
    untilAlarm(world, wrong);
  }

  @Test
  void aLeaderThatDiffersIsFoundByTheHashOfAllThereIs() {
    SimWorld world = world(2);
    world.settings.corruptCheckMillis = 2_000;
    world.found(3);
    fill(world);
    long leader = world.elect();
    world.state(leader).mistake(4);
    untilAlarm(world, leader);
  }

  @Test
  void ifNobodyHasAMajorityNobodyIsNamed() {
    SimWorld world = world(3);
    world.settings.compactHashCheckMillis = 2_000;
    world.found(2);
    fill(world);
    world.state(world.elect()).mistake(4);
    compact(world);
    untilAlarm(world, 0);
  }

  /** One member is away at the newest compaction: it is asked for the one before, too. */
  @Test
  void whatSomeCannotSayIsAskedForAgain() {
    SimWorld world = world(4);
    world.settings.compactHashCheckMillis = 10_000;
    world.found(3);
    fill(world);
    long leader = world.elect();
    long wrong = world.otherThan(leader);
    world.state(wrong).mistake(4);
    compact(world);
    world.tick(20);
    world.isolate(wrong);
    world.await(world.put(leader, "more", "v"));
    compact(world);
    world.tick(30);
    world.heal();
    untilAlarm(world, wrong);
  }

  @Test
  void beforeItServesAMemberComparesItselfWithThoseThatAnswer() {
    SimWorld world = world(5);
    world.found(3);
    fill(world);
    long member = world.otherThan(world.elect());
    Ask<Boolean> right = compared(world, member);
    assertThat(world.await(right)).isTrue();

    world.state(member).mistake(4);
    assertThat(world.awaitError(compared(world, member))).isEqualTo(EtcdError.CORRUPT);

    world.isolate(member);
    assertThat(world.await(compared(world, member))).as("nobody answers").isTrue();
  }

  @Test
  void whoStopsMeanwhileIsTold() {
    SimWorld world = world(6);
    world.found(3);
    fill(world);
    long member = world.otherThan(world.elect());
    world.isolate(member);
    Ask<Boolean> asking = compared(world, member);
    world.settle();
    assertThat(asking.done()).isFalse();
    world.node(member).halt(() -> {});
    world.settle();
    assertThat(asking.error).isEqualTo(EtcdError.STOPPED);
  }

  private static Ask<Boolean> compared(SimWorld world, long member) {
    Ask<Boolean> ask = world.new Ask<>(world.life(member), "compare");
    world.node(member).compareWithPeers(ask);
    return ask;
  }

  /** An older release takes the question for a broken frame. */
  @Test
  void belowTheLevelNobodyIsAsked() {
    SimWorld world = world(7);
    world.settings.corruptCheckMillis = 1_000;
    world.settings.compactHashCheckMillis = 1_000;
    world.speaks(3, FeatureLevel.CALLERS);
    world.found(3);
    fill(world);
    compact(world);
    world.tick(50);
    assertThat(world.await(compared(world, 1))).isTrue();
    assertThat(asked).isFalse();
  }
}
