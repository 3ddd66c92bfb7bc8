package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.codec.CommandCodec;
import io.quorate.codec.FormatVersion;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.FeatureLevel;
import io.quorate.command.MemberChange;
import io.quorate.raft.Entry;
import io.quorate.sim.SimWorld;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members of two releases in one cluster. */
final class FeatureLevelTest {
  private static final int OLD = FeatureLevel.FIRST;
  private static final int NEW = FeatureLevel.NEWEST;

  private final Path directory;

  /** The newest entry of commands that somebody has put into a log. */
  private CommandCodec.@Nullable Batch newest;

  FeatureLevelTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private CommandCodec.Batch newest() {
    if (newest == null) {
      throw new AssertionError("no commands in any log");
    }
    return newest;
  }

  /** Members from 1 on, of releases that speak these levels. */
  private SimWorld worldOf(int... levels) {
    SimWorld world = new SimWorld(7, directory);
    world.observedBy(
        new SimWorld.Observer() {
          @Override
          public void aboutToHold(long member, LogStore.Write write) {
            for (Entry entry : write.entries()) {
              if (entry.kind() == Entry.Kind.NORMAL && entry.data().length > 0) {
                newest = CommandCodec.decodeBatch(entry.data());
              }
            }
          }
        });
    for (int i = 0; i < levels.length; i++) {
      world.speaks(i + 1, levels[i]);
    }
    return world.found(levels.length);
  }

  @Test
  void a_cluster_of_one_release_is_at_its_level_soon_and_its_log_says_who_asks() {
    SimWorld world = worldOf(NEW, NEW, NEW);
    long leader = world.elect();
    world.awaitLevel();
    world.await(world.put(world.otherThan(leader), "a", "1"));
    assertThat(newest().version()).isEqualTo(FormatVersion.WITH_CALLERS);
    assertThat(newest().proposals().get(0).caller()).isEqualTo(new Caller.User("client", 1));
    world.requireHealthy();
  }

  @Test
  void a_cluster_with_one_older_member_writes_what_that_one_knows() {
    SimWorld world = worldOf(NEW, OLD, NEW);
    long leader = world.elect();
    world.tick(50);
    for (long member : List.of(1L, 2L, 3L)) {
      world.await(world.put(member, "a", "1"));
      assertThat(newest().version()).isEqualTo(FormatVersion.FIRST);
      assertThat(level(world, member)).isEqualTo(OLD);
    }
    assertThat(world.awaitError(world.propose(leader, new Command.RaiseLevel(NEW))))
        .isEqualTo(EtcdError.ABOVE_FEATURE_LEVEL);
    world.requireHealthy();
  }

  @Test
  void members_are_exchanged_one_by_one_under_load_and_back_before_the_level_has_risen() {
    SimWorld world = worldOf(OLD, OLD, OLD);
    world.elect();
    exchange(world, 1, NEW);
    exchange(world, 2, NEW);
    assertThat(level(world, 1)).isEqualTo(OLD);
    exchange(world, 2, OLD); // there is a way back
    exchange(world, 2, NEW);
    exchange(world, 3, NEW);
    world.awaitLevel();
    world.await(world.put(3, "a", "last"));
    assertThat(newest().version()).isEqualTo(FormatVersion.WITH_CALLERS);
    world.converge(30);
    world.requireHealthy();
  }

  /** Whether by the log or by a snapshot: it ends, by name, and the others go on. */
  @Test
  void an_older_member_that_comes_once_the_level_has_risen_does_not_take_part() {
    SimWorld world = worldOf(NEW, NEW, NEW);
    long leader = world.elect();
    world.awaitLevel();
    world.speaks(4, OLD);
    world.await(world.change(leader, new MemberChange.Add(4, List.of("http://four:2380"), true)));
    world.join(4);
    world.until("it has failed", 100, () -> !world.life(4).failures.isEmpty());
    assertThat(world.life(4).failures.get(0))
        .hasMessageContaining("the cluster is at feature level " + NEW)
        .hasMessageContaining("up to 1");
    world.crash(4);
    world.await(world.put(leader, "a", "1"));
  }

  /** What a member said in an earlier round does not count: it may be of another release by now. */
  @Test
  void a_member_that_is_down_keeps_the_level_as_it_is() {
    SimWorld world = worldOf(NEW, NEW, OLD);
    long leader = world.elect();
    long down = world.otherThan(leader);
    world.crash(down);
    world.tick(50);
    assertThat(level(world, leader)).isEqualTo(OLD);
    world.requireHealthy();
  }

  /** Puts all the while, and the member comes back as another release. */
  private static void exchange(SimWorld world, long member, int level) {
    List<Long> others = LongStream.rangeClosed(1, 3).filter(m -> m != member).boxed().toList();
    for (long other : others) {
      world.put(other, "a", "before " + member);
    }
    world.crash(member);
    world.speaks(member, level);
    for (long other : others) {
      world.put(other, "a", "without " + member);
    }
    world.tick(30);
    world.restart(member);
    world.elect();
    for (long each : List.of(1L, 2L, 3L)) {
      world.await(world.put(each, "a", "after " + member));
    }
    world.tick(30);
  }

  private static int level(SimWorld world, long member) {
    return world.node(member).featureLevel();
  }
}
