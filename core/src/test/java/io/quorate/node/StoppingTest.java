package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.apply.MemoryStateStore;
import io.quorate.apply.StateBatch;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Member;
import io.quorate.command.Result;
import io.quorate.raft.ConfState;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.LogPosition;
import io.quorate.sim.SimWorld;
import io.quorate.sim.SimWorld.Ask;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The end of a member, wanted or not, and what it comes back with. */
class StoppingTest {
  private final Path directory;

  StoppingTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Test
  void stopping_answers_everything_once_whatever_it_waits_for() {
    for (long seed = 0; seed < 60; seed++) {
      SimWorld world = new SimWorld(seed, directory.resolve("s" + seed));
      world.settings.snapshotCount = 20;
      world.found(3);
      long leader = world.elect();
      Ask<Result> grant = world.propose(leader, new Command.LeaseGrant(7, 1));
      world.await(grant);
      long stopping = seed % 2 == 0 ? leader : world.otherThan(leader);
      boolean[] done = new boolean[1];
      int when = world.random.nextInt(60);
      for (int i = 0; i < 60; i++) {
        askEverything(world, stopping, i);
        if (i % 20 == 0) {
          world.tickHastily(40);
        }
        world.step();
        world.step();
        if (i == when) {
          world.node(stopping).stop(() -> done[0] = true);
        }
      }
      world.until("it has stopped", 100, () -> done[0]);
      world.requireHealthy();
      assertThat(world.awaitError(world.put(stopping, "late", "v"))).isEqualTo(EtcdError.STOPPED);
    }
  }

  private static void askEverything(SimWorld world, long member, int i) {
    world.put(member, "k" + i, "v");
    world.read(member, "k" + i);
    world.keepAlive(member, 7);
    world.timeToLive(member, 7);
    world.hash(member, 0);
    if (i % 10 == 0) {
      world
          .node(member)
          .moveLeader(world.otherThan(member), world.new Ask<>(world.life(member), "move"));
      world.node(member).swept(world.new Ask<>(world.life(member), "swept"));
      world.node(member).defragment(world.new Ask<>(world.life(member), "defragment"));
      world.node(member).withMachine(m -> 1, world.new Ask<>(world.life(member), "look"));
    }
  }

  @Test
  void a_leader_that_stops_while_it_is_handing_over_says_so() {
    SimWorld world = SimWorld.of(1, directory, 3);
    long leader = world.elect();
    long target = world.otherThan(leader);
    world.isolate(target);
    Ask<Long> moved = world.new Ask<>(world.life(leader), "move");
    world.node(leader).moveLeader(target, moved);
    world.settle();
    world.stop(leader);
    assertThat(moved.error).isEqualTo(EtcdError.STOPPED);
  }

  @Test
  void what_is_asked_of_a_stopped_member_is_refused() {
    SimWorld world = SimWorld.of(2, directory, 1);
    world.elect();
    boolean[] done = new boolean[2];
    world.node(1).stop(() -> done[0] = true);
    world.settle();
    Ask<Long> moved = world.new Ask<>(world.life(1), "move");
    world.node(1).moveLeader(1, moved);
    world.node(1).abdicate(() -> done[1] = true);
    Ask<Long> index = world.new Ask<>(world.life(1), "read index");
    world.node(1).readIndex(index);
    Ask<LeaseReply> lease = world.keepAlive(1, 7);
    Ask<Integer> look = world.new Ask<>(world.life(1), "look");
    world.node(1).withMachine(m -> 1, look);
    Ask<Boolean> swept = world.new Ask<>(world.life(1), "swept");
    world.node(1).swept(swept);
    Ask<Boolean> defragmented = world.new Ask<>(world.life(1), "defragment");
    world.node(1).defragment(defragmented);
    Ask<?> hash = world.hash(1, 0);
    world.settle();
    assertThat(done).containsExactly(true, true);
    for (Ask<?> ask : List.of(moved, index, lease, look, swept, defragmented, hash)) {
      assertThat(ask.error).as(ask.what).isEqualTo(EtcdError.STOPPED);
    }
  }

  @Test
  void a_log_that_cannot_be_written_ends_the_member_and_nothing_more_is_acknowledged() {
    for (boolean kept : new boolean[] {false, true}) {
      for (long seed = 0; seed < 20; seed++) {
        SimWorld world = SimWorld.of(seed, directory.resolve(kept + "s" + seed), 3);
        long failing = seed % 2 == 0 ? world.elect() : world.otherThan(world.elect());
        List<Ask<Result>> puts = new ArrayList<>();
        world.disk(failing).failWrites(3, kept);
        for (int i = 0; i < 40; i++) {
          puts.add(world.put(1 + i % 3, "k" + i, "v"));
          for (int s = 0; s < 4; s++) {
            world.step();
          }
        }
        world.until("it has failed", 50, () -> !world.life(failing).failures.isEmpty());
        assertThat(world.life(failing).failures).hasSize(1);
        assertThat(world.life(failing).failures.get(0)).hasMessageContaining("the disk failed");
        world.settle();
        assertThat(puts).filteredOn(p -> p.life.id == failing).allMatch(Ask::done);
        assertThat(world.awaitError(world.put(failing, "late", "v"))).isEqualTo(EtcdError.STOPPED);
        assertThat(world.awaitError(world.read(failing, "k0"))).isEqualTo(EtcdError.STOPPED);
        world.crash(failing);
        world.elect();
        world.requireAnswered();
        world.disk(failing).repair();
        world.restart(failing);
        world.elect();
        world.converge(50);
        List<String> history = world.history(failing);
        for (int i = 0; i < puts.size(); i++) {
          if (puts.get(i).succeeded()) {
            assertThat(history)
                .contains(((Result.Putted) puts.get(i).get()).revision() + " k" + i + " = v");
          }
        }
      }
    }
  }

  @Test
  void a_state_that_cannot_be_written_ends_the_member_and_answers_all_who_wait() {
    for (long seed = 0; seed < 20; seed++) {
      SimWorld world = SimWorld.of(seed, directory.resolve("s" + seed), 3);
      long failing = seed % 2 == 0 ? world.elect() : world.otherThan(world.elect());
      world.state(failing).failWith(new IOException("the disk failed"));
      world.put(failing, "a", "1");
      world.hash(failing, 0);
      world.until("it has failed", 50, () -> !world.life(failing).failures.isEmpty());
      assertThat(world.life(failing).failures).hasSize(1);
      Ask<?> hash = world.hash(failing, 0);
      Ask<Integer> look = world.new Ask<>(world.life(failing), "look");
      world.node(failing).withMachine(m -> 1, look);
      assertThat(world.awaitError(world.put(failing, "late", "v"))).isEqualTo(EtcdError.STOPPED);
      assertThat(hash.error).isEqualTo(EtcdError.STOPPED);
      assertThat(look.error).isEqualTo(EtcdError.STOPPED);
      world.requireAnswered();
      boolean[] halted = new boolean[1];
      world.node(failing).halt(() -> halted[0] = true);
      boolean[] stopped = new boolean[1];
      world.node(failing).stop(() -> stopped[0] = true);
      world.settle();
      assertThat(halted[0] && stopped[0]).isTrue();
      world.powerCut(failing);
      world.state(failing).failWith(null);
      world.restart(failing);
      world.elect();
      world.converge(50);
    }
  }

  /** It would lead on, and whoever is far behind would wait for ever. */
  @Test
  void a_leader_whose_state_turns_out_to_be_damaged_ends_and_another_sends_the_snapshot() {
    SimWorld world = new SimWorld(5, directory);
    world.settings.snapshotCount = 20;
    world.settings.catchupEntries = 5;
    world.found(3);
    long leader = world.elect();
    long late = world.otherThan(leader);
    world.crash(late);
    for (int i = 0; i < 60; i++) {
      world.await(world.put(leader, "k" + i, "v"));
    }
    world.tick(5);
    world.state(leader).flipBit(7, 100);
    world.restart(late);
    world.until("it has ended", 50, () -> !world.life(leader).failures.isEmpty());
    assertThat(world.life(leader).failures.get(0))
        .hasMessageContaining("its checksum does not fit");
    world.crash(leader);
    world.elect();
    world.converge(100);
    assertThat(world.history(late)).hasSize(60);
    assertThat(world.leftFiles()).isEmpty();
  }

  @Test
  void a_stop_whose_last_write_fails_still_comes_to_an_end() {
    SimWorld world = new SimWorld(3, directory);
    world.settings.flushTicks = 1_000;
    world.found(1);
    world.elect();
    world.await(world.put(1, "a", "1"));
    world.state(1).failWith(new IOException("the disk failed"));
    boolean[] done = new boolean[1];
    world.node(1).stop(() -> done[0] = true);
    world.settle();
    assertThat(done[0]).isTrue();
    assertThat(world.life(1).failures).hasSize(1);
  }

  @Test
  void a_log_longer_than_a_snapshot_it_contradicts_was_being_replaced_by_it() throws IOException {
    MemoryLogStore.Disk disk = new MemoryLogStore.Disk();
    MemoryStateStore state = foundedAt(disk, 4, 3);
    LogStore.Existing existing = reopened(disk);
    Bootstrap.Recovered recovered = Bootstrap.recover(new Reopened(disk).store, existing, state);
    assertThat(recovered.raft().start()).isEqualTo(new LogPosition(3, 4));
    assertThat(recovered.raft().entries()).isEmpty();
    assertThat(recovered.raft().hardState().commit()).isEqualTo(4);
    LogStore.Existing after = reopened(disk);
    assertThat(after.start()).isEqualTo(new LogPosition(3, 4));
  }

  /** The disk's store, opened. */
  private static final class Reopened {
    final MemoryLogStore store;

    Reopened(MemoryLogStore.Disk disk) {
      store = new MemoryLogStore(disk);
      store.recover();
    }
  }

  private static LogStore.Existing reopened(MemoryLogStore.Disk disk) {
    return (LogStore.Existing) new MemoryLogStore(disk).recover();
  }

  /**
   * A log of entries 2 to 6 of term 2, of which 2 are known to be committed, and a state at that
   * index and term.
   */
  private static MemoryStateStore foundedAt(MemoryLogStore.Disk disk, long index, long term)
      throws IOException {
    MemoryLogStore log = new MemoryLogStore(disk);
    MemoryStateStore state = new MemoryStateStore();
    log.recover();
    Member member = new Member(1, "m1", List.of(SimWorld.url(1)), List.of(), false);
    Bootstrap.newCluster(log, state, new LogStore.Identity(SimWorld.CLUSTER, 1), List.of(member));
    List<Entry> entries = new ArrayList<>();
    for (long i = 2; i <= 6; i++) {
      entries.add(new Entry(new LogPosition(2, i), Entry.Kind.NORMAL, new byte[0]));
    }
    log.write(List.of(new LogStore.Write(new HardState(3, 0, 2), entries, null)));
    StateBatch batch = new StateBatch();
    batch.members.put(1L, Optional.of(member));
    batch.applied = new LogPosition(term, index);
    batch.conf = new ConfState(List.of(1L), List.of(), List.of(), List.of(), false);
    state.commit(batch);
    state.sync();
    return state;
  }

  @Test
  void a_state_that_contradicts_what_the_log_knows_to_be_committed_is_refused() throws IOException {
    MemoryLogStore.Disk disk = new MemoryLogStore.Disk();
    MemoryStateStore state = foundedAt(disk, 2, 3);
    assertThatThrownBy(() -> Bootstrap.recover(new Reopened(disk).store, reopened(disk), state))
        .isInstanceOf(Bootstrap.RecoveryException.class)
        .hasMessageContaining("different members or times");
  }

  @Test
  void at_the_quota_writes_are_refused_and_deletes_are_not() {
    SimWorld world = new SimWorld(4, directory);
    world.settings.quotaBytes = 20_000;
    world.found(3);
    long leader = world.elect();
    Ask<Result> full = world.put(leader, "k", "v".repeat(1_000));
    for (int i = 0; i < 100 && full.error == null; i++) {
      world.tick(2);
      full = world.put(leader, "k" + i, "v".repeat(1_000));
      world.settle();
    }
    assertThat(full.error).isEqualTo(EtcdError.NO_SPACE);
    world.tick(5);
    world.forEachRunning(
        id -> {
          assertThat(world.node(id).alarms())
              .containsExactly(new Result.AlarmMember(leader, Command.AlarmType.NOSPACE));
          assertThat(world.awaitError(world.put(id, "b", "1"))).isEqualTo(EtcdError.NO_SPACE);
        });
    world.await(
        world.propose(
            leader,
            new Command.DeleteRange(
                io.quorate.command.KeyRange.single(SimWorld.bytes("k")), false)));
    world.converge(20);
    world.requireHealthy();
  }

  /**
   * A member whose store has grown over the quota since {@code last} was let through, which is
   * committed and about to be applied.
   */
  private static SimWorld overTheQuota(SimWorld world, Runnable last) {
    world.settings.quotaBytes = 10_000;
    world.found(1);
    world.elect();
    world.stall(1, 2, true);
    for (int i = 0; i < 15; i++) {
      world.put(1, "k" + i, "v".repeat(1_000)); // none of which counts before it is applied
    }
    last.run();
    world.settle();
    return world;
  }

  @Test
  void a_put_that_finds_the_quota_reached_when_it_is_applied_is_answered_after_the_alarm() {
    SimWorld world = new SimWorld(7, directory);
    List<String> heard = new ArrayList<>();
    Callback<Result> callback =
        new Callback<>() {
          @Override
          public void complete(Result result) {
            heard.add(result.toString());
          }

          @Override
          public void fail(EtcdError error) {
            heard.add(error + " " + world.node(1).alarms());
          }
        };
    Command put = Command.Put.of(SimWorld.bytes("last"), SimWorld.bytes("1"));
    overTheQuota(world, () -> world.node(1).propose(Caller.NOBODY, put, callback));
    world.stall(1, 2, false);
    world.tick(2);
    assertThat(heard)
        .containsExactly(
            "NO_SPACE " + List.of(new Result.AlarmMember(1, Command.AlarmType.NOSPACE)));
    assertThat(SimWorld.value(world.local(1, "last"))).as("applied all the same").isEqualTo("1");
    world.requireHealthy();
  }

  @Test
  void a_put_that_finds_the_quota_reached_is_answered_even_if_the_alarm_cannot_be_raised() {
    SimWorld world = new SimWorld(8, directory);
    List<Ask<Result>> puts = new ArrayList<>();
    overTheQuota(
        world,
        () -> {
          puts.add(world.put(1, "last", "1"));
          puts.add(world.propose(1, new Command.LeaseGrant(5, 60)));
        });
    world.stall(1, 1, true); // so nothing more is committed
    world.stall(1, 2, false);
    world.tick(10);
    assertThat(puts).noneMatch(Ask::done);
    assertThat(world.awaitError(world.put(1, "later", "1"))).isEqualTo(EtcdError.NO_SPACE);
    puts.forEach(put -> assertThat(world.awaitError(put)).isEqualTo(EtcdError.NO_SPACE));
    assertThat(world.node(1).alarms()).isEmpty();

    world.stall(1, 1, false);
    world.requireHealthy();
  }

  @Test
  void a_stop_ends_the_wait_for_an_alarm() {
    SimWorld world = new SimWorld(9, directory);
    List<Ask<Result>> puts = new ArrayList<>();
    overTheQuota(world, () -> puts.add(world.put(1, "last", "1")));
    world.stall(1, 1, true);
    world.stall(1, 2, false);
    world.settle();
    assertThat(puts).noneMatch(Ask::done);
    world.node(1).halt(() -> {});
    world.settle();
    assertThat(puts.get(0).error).isEqualTo(EtcdError.NO_SPACE);
    world.requireAnswered();
  }

  @Test
  void a_disk_that_is_nearly_full_raises_the_alarm_by_itself() {
    SimWorld world = new SimWorld(6, directory);
    world.found(3);
    long leader = world.elect();
    world.awaitLevel();
    long full = leader == 1 ? 2 : 1;
    world.await(world.put(leader, "a", "1"));
    world.state(full).setUsableBytes(SpaceQuota.DISK_RESERVE_BYTES - 1);
    world.await(world.put(leader, "b", "1"));
    world.until("it has raised the alarm", 10, () -> !world.node(leader).alarms().isEmpty());
    world.tick(5);
    world.forEachRunning(
        id -> {
          assertThat(world.node(id).alarms())
              .containsExactly(new Result.AlarmMember(full, Command.AlarmType.NOSPACE));
          assertThat(world.awaitError(world.put(id, "d", "1"))).isEqualTo(EtcdError.NO_SPACE);
        });
    world.await(
        world.propose(
            leader,
            new Command.DeleteRange(
                io.quorate.command.KeyRange.single(SimWorld.bytes("a")), false)));
    world.converge(20);
    world.requireHealthy();
  }

  /** No write tells, for they are refused. */
  @Test
  void an_alarm_that_is_disarmed_when_the_disk_has_room_again_stays_disarmed() {
    SimWorld world = new SimWorld(7, directory);
    world.found(3);
    long leader = world.elect();
    world.awaitLevel();
    long full = leader == 1 ? 2 : 1;
    world.state(full).setUsableBytes(SpaceQuota.DISK_RESERVE_BYTES - 1);
    world.await(world.put(leader, "a", "1"));
    world.until("it has raised the alarm", 10, () -> !world.node(leader).alarms().isEmpty());
    world.tick(5);
    world.state(full).setUsableBytes(SpaceQuota.DISK_RESERVE_BYTES);
    world.tick(5);
    world.await(
        world.propose(
            leader,
            new Command.Alarm(Command.AlarmAction.DEACTIVATE, full, Command.AlarmType.NOSPACE)));
    world.tick(5);
    world.forEachRunning(
        id -> {
          assertThat(world.node(id).alarms()).isEmpty();
          world.await(world.put(id, "b", "1"));
        });
    world.requireHealthy();
  }

  @Test
  void the_log_in_memory_and_on_disk_stays_bounded() {
    SimWorld world = new SimWorld(5, directory);
    world.settings.maxLogBytes = 100_000;
    world.settings.snapshotCount = 1_000_000;
    world.found(3);
    long leader = world.elect();
    for (int i = 0; i < 400; i++) {
      world.put(leader, "k" + i % 10, "v".repeat(1_000));
      if (i % 10 == 0) {
        world.tick(1);
      }
    }
    world.converge(30);
    world.forEachRunning(
        id -> {
          MemoryLogStore store = new Reopened(world.disk(id)).store;
          assertThat(store.sizeBytes()).isLessThan(120_000);
        });
    world.requireHealthy();
  }

  @Test
  void compacted_history_is_swept_also_by_a_member_that_was_restarted_meanwhile() {
    SimWorld world = SimWorld.of(6, directory, 1);
    world.elect();
    for (int i = 0; i < 3_000; i++) {
      world.put(1, "k" + i % 1_500, "v");
    }
    world.settle();
    world.await(world.propose(1, new Command.Compact(world.node(1).kv().revision(), false)));
    world.crash(1);
    world.restart(1);
    Ask<Boolean> swept = world.new Ask<>(world.life(1), "swept");
    world.node(1).swept(swept);
    world.await(swept);
    world.requireHealthy();
  }
}
