package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.mvcc.KvStore.KvHash;
import io.quorate.sim.SimWorld;
import io.quorate.sim.SimWorld.Ask;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The hashes that compactions leave behind. */
class CompactionHashesTest {
  private static final int READERS = 4;

  private final Path directory;

  CompactionHashesTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /** Writes a little and compacts all of it; the revision. */
  private static long compacted(SimWorld world, long leader) {
    for (int i = 0; i < 5; i++) {
      world.await(world.put(leader, "k" + i % 3, "v" + i));
    }
    long revision = world.node(leader).kv().revision();
    world.await(world.propose(leader, new Command.Compact(revision, false)));
    return revision;
  }

  @Test
  void membersRememberTheSameOnesWithTheCompactionBefore() {
    SimWorld world = SimWorld.of(1, directory, 3);
    long leader = world.elect();
    long first = compacted(world, leader);
    long second = compacted(world, leader);
    world.converge(20);
    Set<KvHash> firsts = new HashSet<>();
    Set<KvHash> seconds = new HashSet<>();
    world.forEachRunning(
        id -> {
          firsts.add(world.await(world.hash(id, first)));
          seconds.add(world.await(world.hash(id, second)));
        });
    assertThat(firsts).hasSize(1).allMatch(hash -> hash.compactRevision() == -1);
    assertThat(seconds).hasSize(1).allMatch(hash -> hash.compactRevision() == first);
    assertThat(world.await(world.hash(leader, 0)).compactRevision()).isEqualTo(second);
  }

  /** It is of all that happened, not only of what is left: that is how differences show. */
  @Test
  void itIsMadeBeforeAnythingGoes() {
    SimWorld world = SimWorld.of(2, directory, 1);
    world.elect();
    for (int i = 0; i < 5; i++) {
      world.await(world.put(1, "k", "v" + i));
    }
    KvHash before = world.await(world.hash(1, 0));
    world.await(world.propose(1, new Command.Compact(6, false)));
    assertThat(world.await(world.hash(1, 6))).isEqualTo(before);
  }

  @Test
  void theNewestTenAreKeptUntilTheMemberStartsAnew() {
    SimWorld world = SimWorld.of(3, directory, 1);
    world.elect();
    List<Long> revisions = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      revisions.add(compacted(world, 1));
      world.tick(2);
    }
    for (int i = 0; i < 12; i++) {
      Ask<KvHash> asked = world.hash(1, revisions.get(i));
      if (i < 2) {
        assertThat(world.awaitError(asked)).isEqualTo(EtcdError.COMPACTED);
      } else {
        assertThat(world.await(asked).compactRevision()).isEqualTo(revisions.get(i - 1));
      }
    }
    world.tick(5);
    world.crash(1);
    world.restart(1);
    world.elect();
    assertThat(world.await(world.hash(1, revisions.get(11))).compactRevision())
        .isEqualTo(revisions.get(11));
  }

  @Test
  void aPhysicalCompactionAndAHashWaitForIt() {
    SimWorld world = SimWorld.of(4, directory, 1);
    world.elect();
    world.stall(1, READERS, true);
    long revision = compacted(world, 1);
    Ask<Boolean> swept = world.new Ask<>(world.life(1), "swept");
    world.node(1).swept(swept);
    Ask<KvHash> hash = world.hash(1, revision);
    world.tick(5);
    assertThat(swept.done()).isFalse();
    assertThat(hash.done()).isFalse();
    world.stall(1, READERS, false);
    world.await(swept);
    assertThat(world.await(hash).compactRevision()).isEqualTo(-1);
    assertThat(world.node(1).kv().sweeping()).isFalse();
  }

  @Test
  void whoWaitsWhenTheMemberStopsIsToldSo() {
    SimWorld world = SimWorld.of(5, directory, 1);
    world.elect();
    world.stall(1, READERS, true);
    Ask<KvHash> hash = world.hash(1, compacted(world, 1));
    Ask<Boolean> swept = world.new Ask<>(world.life(1), "swept");
    world.node(1).swept(swept);
    world.settle();
    world.node(1).halt(() -> {});
    world.settle();
    assertThat(hash.error).isEqualTo(EtcdError.STOPPED);
    assertThat(swept.error).isEqualTo(EtcdError.STOPPED);
  }
}
