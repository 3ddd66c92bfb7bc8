package io.quorate.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.codec.CodecException;
import io.quorate.codec.PeerCodec;
import io.quorate.codec.PeerFrame;
import io.quorate.codec.PeerMessage;
import io.quorate.command.Command;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever reaches the peer port of a member, in a cluster of three that works: what is no frame of
 * this cluster for this member has no effect, and what is one but makes no sense ends nobody.
 *
 * <p>More of it: {@code -Dquorate.fuzz.rounds=20 -Dquorate.fuzz.from=100}.
 */
class PeerFuzzTest {
  private static final int ROUNDS = Integer.getInteger("quorate.fuzz.rounds", 3);
  private static final long FROM = Long.getLong("quorate.fuzz.from", 1);
  private static final int LIARS_A_ROUND = 20;

  /** With as much above it as below, however many lies there are. */
  private static final long HIGHEST_TERM = 1L << 40;

  /** Enough that each kind of message is among them. */
  private static final int MOST_KEPT = 4_000;

  private final Path directory;

  PeerFuzzTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private record Sent(long to, byte[] frame) {}

  /** Keeps what has been on the wire. */
  private static final class Wire implements SimWorld.Observer {
    final List<Sent> sent = new ArrayList<>();
    final List<PeerMessage> messages = new ArrayList<>();

    @Override
    public void framed(long to, byte[] frame) {
      if (sent.size() < MOST_KEPT && to <= 3) {
        sent.add(new Sent(to, frame));
        messages.addAll(PeerCodec.decode(frame).messages());
      }
    }
  }

  @Test
  void what_is_no_frame_of_this_cluster_for_this_member_has_no_effect() {
    long refused = 0;
    long again = 0;
    for (long seed = FROM; seed < FROM + ROUNDS; seed++) {
      FrameFuzzer fuzzer = new FrameFuzzer(seed);
      Random random = new Random(seed * FrameFuzzer.SPREAD);
      Wire wire = new Wire();
      SimWorld world = world(seed).observedBy(wire);
      world.elect();
      for (int tick = 0; tick < 60; tick++) {
        load(world, random, tick);
        loseOneForAWhile(world, tick);
        for (int i = 0; i < 100; i++) {
          Sent sent = wire.sent.get(random.nextInt(wire.sent.size()));
          byte[] bytes = fuzzer.corrupted(sent.frame, wire.sent.get(i % wire.sent.size()).frame);
          if (!isReadable(bytes, sent.to)) {
            long before = world.framesRefused;
            world.arrive(sent.to, bytes);
            assertThat(world.framesRefused).as("seed %d", seed).isEqualTo(before + 1);
            refused++;
          }
          world.arrive(sent.to, random.nextBoolean() ? sent.frame : relabelled(sent.frame, random));
          again++;
          world.step();
        }
        world.tick(1);
        world.requireHealthy();
      }
      world.await(world.put(2, "at", "last"));
      world.converge(200);
      world.requireHealthy();
      assertThat(world.history(1).stream().map(line -> line.replaceFirst("^\\d+ ", "")))
          .as("seed %d: each put took effect once", seed)
          .doesNotHaveDuplicates();
    }
    System.out.println("peer port: refused " + refused + ", known or mislabelled " + again);
    assertThat(refused).isGreaterThan(10_000L * ROUNDS / 3);
  }

  private static boolean isReadable(byte[] bytes, long to) {
    try {
      PeerFrame frame = PeerCodec.decode(bytes);
      return frame.clusterId() == SimWorld.CLUSTER && frame.to() == to;
    } catch (CodecException e) {
      return false;
    }
  }

  /** As if it were of another cluster, for another member, or by another member. */
  private static byte[] relabelled(byte[] frame, Random random) {
    byte[] bytes = frame.clone();
    ByteBuffer header = ByteBuffer.wrap(bytes);
    switch (random.nextInt(3)) {
      case 0 -> header.putLong(1, random.nextLong());
      case 1 -> header.putLong(17, header.getLong(17) + 1 + random.nextInt(5));
      default -> {
        boolean refusal =
            PeerCodec.decode(frame).messages().stream()
                .anyMatch(m -> m instanceof PeerMessage.ForwardRefused);
        if (!refusal) {
          header.putLong(9, header.getLong(9) + 1 + random.nextInt(5));
        }
      }
    }
    return bytes;
  }

  @Test
  void messages_that_make_no_sense_end_no_member() {
    long frames = 0;
    for (long seed = LIARS_A_ROUND * FROM; seed < LIARS_A_ROUND * (FROM + ROUNDS); seed++) {
      FrameFuzzer fuzzer = new FrameFuzzer(seed);
      Random random = new Random(seed * FrameFuzzer.SPREAD);
      Wire wire = new Wire();
      SimWorld world = world(seed).observedBy(wire);
      world.trace.keep(40);
      try {
        world.elect();
        long liar = 1 + random.nextInt(3);
        for (int tick = 0; tick < 30; tick++) {
          load(world, random, tick);
          loseOneForAWhile(world, tick);
          for (int i = random.nextInt(6); tick > 5 && i > 0; i--) {
            long to = 1 + (liar + random.nextInt(2)) % 3;
            PeerFrame frame = fuzzer.nonsense(world, liar, to, wire.messages);
            world.arrive(to, PeerCodec.encode(frame));
            frames++;
            world.step();
          }
          world.tick(1);
          requireNoneEnded(world);
        }
        world.heal();
        world.tick(60);
        requireNoneEnded(world);
        world.requireAnswered();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + "\n" + String.join("\n", world.trace.lines()), e);
      }
    }
    System.out.println("peer port: frames without sense " + frames);
  }

  private static void requireNoneEnded(SimWorld world) {
    for (SimWorld.Life life : world.lives.values()) {
      if (!life.failures.isEmpty()) {
        throw new AssertionError("member " + life.id + " ended", life.failures.get(0));
      }
      assertThat(life.node.status().term()).as("term").isBetween(0L, HIGHEST_TERM);
    }
  }

  private SimWorld world(long seed) {
    SimWorld world = new SimWorld(seed, directory.resolve("w" + seed));
    world.settings.snapshotCount = 10;
    world.settings.catchupEntries = 3;
    return world.found(3);
  }

  /** So that there are snapshots, votes and answers to late messages. */
  private static void loseOneForAWhile(SimWorld world, int tick) {
    if (tick % 20 == 10) {
      world.isolate(1 + tick / 20 % 3);
    } else if (tick % 20 == 18) {
      world.heal();
    }
  }

  private static void load(SimWorld world, Random random, int tick) {
    world.forEachRunning(
        id -> {
          for (int i = 0; i < 2; i++) {
            var unused = world.put(id, "k" + random.nextInt(20), id + "/" + tick + "/" + i);
          }
          var unusedRead = world.read(id, "k1");
          if (tick % 5 == 0) {
            var unusedLease = world.propose(id, new Command.LeaseGrant(100 * id + tick, 60));
            var unusedRenewal = world.keepAlive(id, 100 * id);
          }
        });
  }
}
