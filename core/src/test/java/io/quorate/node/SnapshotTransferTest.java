package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.codec.FormatVersion;
import io.quorate.codec.PeerCodec;
import io.quorate.codec.PeerFrame;
import io.quorate.codec.PeerMessage;
import io.quorate.command.Command;
import io.quorate.command.Result;
import io.quorate.raft.ConfState;
import io.quorate.raft.LogPosition;
import io.quorate.raft.SnapshotMeta;
import io.quorate.sim.SimWorld;
import io.quorate.sim.SimWorld.Ask;
import io.quorate.sim.SimWorld.Watching;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A member that is too far behind for the log gets the state instead. */
class SnapshotTransferTest {
  private final Path directory;

  SnapshotTransferTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private SimWorld world(long seed) {
    SimWorld world = new SimWorld(seed, directory.resolve("s" + seed));
    world.settings.snapshotCount = 20;
    world.settings.catchupEntries = 5;
    return world.found(3);
  }

  /** Puts of so many keys and such values, one entry each. */
  private static void write(SimWorld world, long member, int from, int to, int bytes) {
    for (int i = from; i < to; i++) {
      world.await(world.put(member, "k" + i, "v".repeat(bytes)));
    }
  }

  @Test
  void a_member_far_behind_gets_keys_leases_and_members_from_a_snapshot() {
    SimWorld world = world(1);
    long leader = world.elect();
    long late = world.otherThan(leader);
    world.crash(late);
    world.await(world.propose(leader, new Command.LeaseGrant(7, 60)));
    world.await(world.putLeased(leader, "leased", "v", 7));
    world.await(world.propose(leader, new Command.MemberPublish(late, "renamed", List.of())));
    write(world, leader, 0, 100, 10_000);
    world.tick(5);
    world.restart(late);
    world.elect();
    world.converge(50);
    assertThat(world.history(late)).hasSize(101);
    assertThat(world.node(late).members()).isEqualTo(world.node(leader).members());
    assertThat(world.life(late).linked).isEqualTo(world.node(leader).members());
    Ask<Long> ttl = world.new Ask<>(world.life(late), "lease");
    world.node(late).withMachine(m -> m.leaseTtlMillis(7), ttl);
    assertThat(world.await(ttl)).isEqualTo(60_000);
    write(world, late, 200, 220, 10);
    world.converge(20);
    assertThat(world.leftFiles()).isEmpty();
    world.requireHealthy();
  }

  @Test
  void a_crash_anywhere_while_a_snapshot_is_taken_in_is_survived() {
    for (long seed = 0; seed < 60; seed++) {
      SimWorld world = world(seed);
      long leader = world.elect();
      long late = world.otherThan(leader);
      world.isolate(late);
      if (seed % 3 == 0) {
        contradict(world, late);
      }
      write(world, world.otherThan(late), 0, 60, 10);
      world.tick(5);
      world.heal();
      for (int crash = 0; crash < 3; crash++) {
        for (int i = world.random.nextInt(8); i > 0; i--) {
          world.tickHastily(120);
        }
        for (int i = world.random.nextInt(200); i > 0; i--) {
          world.step();
        }
        if (seed % 2 == 0) {
          world.powerCut(late);
        } else {
          world.crash(late);
        }
        world.restart(late);
      }
      world.elect();
      world.converge(400);
      write(world, late, 100, 103, 10);
      world.requireHealthy();
    }
  }

  /** The former leader's log gets a tail that nobody else has. */
  private static void contradict(SimWorld world, long late) {
    for (int i = 0; i < 80; i++) {
      world.put(late, "lost" + i, "v");
    }
  }

  @Test
  void a_crash_between_state_and_log_of_a_leader_with_a_tail_of_its_own_is_survived() {
    SimWorld world = world(2);
    long old = world.elect();
    world.isolate(old);
    for (int i = 0; i < 300; i++) {
      world.put(old, "lost" + i, "v");
      world.settle();
    }
    long other = world.otherThan(old);
    world.until("another leads", 100, () -> leads(world, other, old));
    write(world, other, 0, 100, 10);
    world.tick(5);
    world.stall(old, 1, false);
    world.heal();
    // the log's disk stands still from the moment the state's has been replaced
    long before = world.state(old).load().applied().index();
    for (int i = 0; i < 2_000 && world.state(old).load().applied().index() < before + 50; i++) {
      if (!world.step()) {
        world.tickHastily(1);
      }
    }
    assertThat(world.state(old).load().applied().index()).isGreaterThan(before + 50);
    world.crash(old);
    world.restart(old);
    world.elect();
    world.converge(100);
    assertThat(world.history(old)).noneMatch(line -> line.contains("lost"));
    world.requireHealthy();
  }

  private static boolean leads(SimWorld world, long member, long notBy) {
    long leader = world.node(member).status().leader();
    return leader != 0 && leader != notBy;
  }

  /** Brings a member behind by a snapshot of several chunks; it is being sent when this returns. */
  private static long behind(SimWorld world, int chunksSeen) {
    long leader = world.elect();
    long late = world.otherThan(leader);
    world.crash(late);
    write(world, leader, 0, 60, 50_000);
    world.tick(5);
    world.restart(late);
    int[] seen = new int[1];
    SimWorld.Filter before = world.filter;
    world.filter =
        (from, to, message) -> {
          seen[0] += message instanceof PeerMessage.SnapshotChunk ? 1 : 0;
          return before.test(from, to, message);
        };
    for (int i = 0; i < 100_000 && seen[0] < chunksSeen; i++) {
      if (!world.step()) {
        world.tickHastily(1);
      }
    }
    assertThat(seen[0]).isEqualTo(chunksSeen);
    world.filter = before;
    return late;
  }

  @Test
  void a_lost_chunk_or_acknowledgement_only_costs_time() {
    for (int kind = 0; kind < 2; kind++) {
      Class<?> lost = kind == 0 ? PeerMessage.SnapshotChunk.class : PeerMessage.SnapshotAck.class;
      SimWorld world = world(10 + kind);
      int[] seen = new int[1];
      world.filter = (from, to, message) -> !lost.isInstance(message) || ++seen[0] != 3;
      long late = behind(world, 1);
      world.elect();
      world.converge(500);
      assertThat(seen[0]).isGreaterThan(3);
      assertThat(world.history(late)).hasSize(60);
      assertThat(world.leftFiles()).isEmpty();
      world.requireHealthy();
    }
  }

  @Test
  void a_damaged_chunk_is_refused_and_the_snapshot_sent_again() {
    SimWorld world = world(12);
    int[] seen = new int[1];
    world.filter =
        (from, to, message) -> {
          if (message instanceof PeerMessage.SnapshotChunk chunk && ++seen[0] == 4) {
            chunk.data()[17] ^= 1;
          }
          return true;
        };
    long late = behind(world, 1);
    world.elect();
    world.converge(100);
    assertThat(seen[0]).isGreaterThan(4);
    assertThat(world.history(late)).hasSize(60);
    assertThat(world.leftFiles()).isEmpty();
    world.requireHealthy();
  }

  private interface Lie {
    PeerMessage.SnapshotChunk about(PeerMessage.SnapshotChunk chunk);
  }

  private static PeerMessage.SnapshotChunk chunk(
      PeerMessage.SnapshotChunk c, SnapshotMeta meta, long totalBytes) {
    return new PeerMessage.SnapshotChunk(
        c.transfer(), c.term(), meta, totalBytes, c.offset(), c.crc32c(), c.data());
  }

  /** Its log must not give way to what it cannot go on with. */
  @Test
  void a_snapshot_that_is_not_what_was_announced_is_refused_and_another_one_sent() {
    ConfState other = new ConfState(List.of(1L, 2L), List.of(), List.of(3L), List.of(), false);
    refusedFor(
        "not a snapshot that can be used: it holds the state at",
        c -> {
          LogPosition said = c.meta().position();
          LogPosition later = new LogPosition(said.term(), said.index() + 5);
          return chunk(c, new SnapshotMeta(later, c.meta().conf()), c.totalBytes());
        });
    refusedFor(
        "not a snapshot that can be used: it holds the state at",
        c -> chunk(c, new SnapshotMeta(c.meta().position(), other), c.totalBytes()));
    refusedFor(
        "began as",
        c -> c.offset() == 0 ? c : chunk(c, new SnapshotMeta(LogPosition.ZERO, other), 1));
    refusedFor("began as", c -> chunk(c, c.meta(), c.totalBytes() + c.offset()));
    refusedFor("more than the", c -> chunk(c, c.meta(), c.totalBytes() - 1));
  }

  /** Of the first transfer each chunk is told otherwise. */
  private void refusedFor(String why, Lie lie) {
    SimWorld world = world(14);
    List<Long> transfers = new ArrayList<>();
    List<String> refusals = new ArrayList<>();
    world.filter =
        (from, to, message) -> {
          if (message instanceof PeerMessage.SnapshotAck ack && ack.refused() != null) {
            refusals.add(ack.refused());
          }
          if (!(message instanceof PeerMessage.SnapshotChunk chunk)) {
            return true;
          }
          if (transfers.isEmpty()) {
            transfers.add(chunk.transfer());
          }
          if (chunk.transfer() != transfers.get(0)) {
            return true;
          }
          PeerFrame frame =
              new PeerFrame(
                  FormatVersion.FIRST,
                  SimWorld.CLUSTER,
                  from,
                  to,
                  1,
                  ++world.framesSent,
                  List.of(lie.about(chunk)));
          world.arrive(to, PeerCodec.encode(frame));
          return false;
        };
    long late = behind(world, 1);
    world.elect();
    world.converge(100);
    assertThat(refusals).isNotEmpty().first().asString().startsWith(why);
    assertThat(world.history(late)).hasSize(60);
    assertThat(world.leftFiles()).isEmpty();
    world.requireHealthy();
  }

  @Test
  void a_link_that_takes_no_more_for_a_while_only_delays_a_snapshot() {
    SimWorld world = world(13);
    long late = behind(world, 2);
    long leader = world.otherThan(late);
    for (long id = 1; id <= 3; id++) {
      if (world.node(id).status().isLeader()) {
        leader = id;
      }
    }
    world.refuse(leader, late);
    world.tick(3);
    world.heal();
    world.elect();
    world.converge(50);
    assertThat(world.history(late)).hasSize(60);
    world.requireHealthy();
  }

  @Test
  void a_receiver_that_restarts_in_the_middle_soon_gets_another_snapshot() {
    for (long seed = 0; seed < 10; seed++) {
      SimWorld world = world(20 + seed);
      long late = behind(world, 4);
      world.crash(late);
      world.tick(2);
      world.restart(late);
      world.elect();
      world.converge(60);
      assertThat(world.history(late)).hasSize(60);
      world.requireHealthy();
    }
  }

  @Test
  void a_sender_that_loses_its_lead_in_the_middle_gives_up_and_leaves_no_files() {
    for (long seed = 0; seed < 20; seed++) {
      SimWorld world = world(40 + seed);
      long late = behind(world, 1 + (int) seed % 5);
      long leader = 0;
      for (long id = 1; id <= 3; id++) {
        leader = world.node(id).status().isLeader() ? id : leader;
      }
      if (seed % 2 == 0) {
        world
            .node(leader)
            .moveLeader(world.otherThan(leader, late), world.new Ask<>(world.life(leader), "move"));
      } else {
        world.isolate(leader);
        world.tick(40);
        world.heal();
      }
      world.elect();
      world.converge(500);
      assertThat(world.history(late)).hasSize(60);
      assertThat(world.leftFiles()).as("seed " + world.seed).isEmpty();
      world.requireHealthy();
    }
  }

  @Test
  void stopping_while_a_snapshot_is_sent_or_taken_in_is_clean() {
    for (long seed = 0; seed < 40; seed++) {
      SimWorld world = world(100 + seed);
      long late = behind(world, 1 + (int) (seed % 12));
      for (int i = world.random.nextInt(40); i > 0; i--) {
        world.step();
      }
      long leader = 0;
      for (long id = 1; id <= 3; id++) {
        leader = world.node(id).status().isLeader() ? id : leader;
      }
      long stopping = seed % 2 == 0 || leader == 0 ? late : leader;
      world.put(stopping, "a", "1");
      world.stop(stopping);
      world.restart(stopping);
      world.elect();
      world.converge(500);
      world.requireHealthy();
    }
  }

  @Test
  void watchers_on_a_member_that_gets_a_snapshot_miss_nothing() {
    for (long seed = 0; seed < 20; seed++) {
      SimWorld world = world(200 + seed);
      long leader = world.elect();
      long late = world.otherThan(leader);
      write(world, leader, 0, 5, 10);
      Watching watching = world.watch(late, 1);
      world.tick(2);
      assertThat(watching.events).hasSize(5);
      world.isolate(late);
      write(world, leader, 5, 80, 10);
      world.tick(3);
      world.heal();
      List<Ask<Result>> puts = new ArrayList<>();
      for (int i = 80; i < 120; i++) {
        puts.add(world.put(leader, "k" + i, "v"));
        world.tickHastily(60);
      }
      world.converge(100);
      assertThat(watching.canceled).isFalse();
      assertThat(watching.events).isEqualTo(world.history(late));
      world.requireHealthy();
    }
  }

  @Test
  void reads_of_the_former_state_never_see_the_file_of_the_new_one() {
    for (long seed = 0; seed < 20; seed++) {
      SimWorld world = world(300 + seed);
      long leader = world.elect();
      long late = world.otherThan(leader);
      write(world, leader, 0, 5, 10);
      world.tick(2);
      world.isolate(late);
      write(world, leader, 5, 80, 10);
      world.tick(3);
      world.heal();
      io.quorate.mvcc.KvStore before = world.node(late).kv();
      world.until("it has the new state", 100, () -> world.node(late).kv() != before);
      assertThat(before.retired()).isTrue();
      world.converge(50);
      world.requireHealthy();
    }
  }
}
