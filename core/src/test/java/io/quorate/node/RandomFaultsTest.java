package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.mvcc.KvStore;
import io.quorate.sim.SimWorld;
import io.quorate.sim.SimWorld.Ask;
import io.quorate.sim.SimWorld.Watching;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients and faults at random, then peace. Afterwards one history is everybody's, each answer
 * agrees with it, and revisions ascend in real time: so the histories of all keys together are
 * linearizable.
 *
 * <p>To run one seed alone: {@code -Dquorate.seed=17}.
 */
class RandomFaultsTest {
  private static final int SEEDS = 100;

  /** After these a command has certainly had no effect. */
  private static final Set<EtcdError> REFUSED =
      Set.of(EtcdError.TOO_MANY_REQUESTS, EtcdError.REQUEST_TOO_LARGE, EtcdError.NO_SPACE);

  private final Path directory;

  RandomFaultsTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Test
  void whatever_fails_the_members_agree_in_the_end_and_clients_were_told_the_truth() {
    Integer only = Integer.getInteger("quorate.seed");
    if (only != null) {
      new Run(only).all();
      return;
    }
    for (int seed = 0; seed < SEEDS; seed++) {
      new Run(seed).all();
    }
  }

  @Test
  void one_seed_gives_one_history() {
    Run first = new Run(7, directory.resolve("first"));
    Run second = new Run(7, directory.resolve("second"));
    first.all();
    second.all();
    assertThat(first.world.steps).isEqualTo(second.world.steps);
    assertThat(first.world.history(1)).isEqualTo(second.world.history(1));
  }

  private record Write(String key, String value, Ask<Result> ask) {}

  private record Read(String key, Ask<Result.Ranged> ask) {}

  private record Watched(SimWorld.Life life, Watching watching) {}

  private record Renewal(long lease, Ask<LeaseReply> ask) {}

  private record Point(long asked, long answered, long revision, boolean writes, Ask<?> ask) {}

  private static Point point(Ask<?> ask, long revision, boolean writes) {
    return new Point(ask.askedStep, ask.answeredStep, revision, writes, ask);
  }

  private final class Run {
    final SimWorld world;
    final int members;
    final List<Write> writes = new ArrayList<>();
    final List<Read> reads = new ArrayList<>();
    final List<Watched> watched = new ArrayList<>();
    final List<Renewal> renewals = new ArrayList<>();
    final Map<Long, Ask<Result>> grants = new HashMap<>();
    private int nextValue;

    Run(int seed) {
      this(seed, directory.resolve("s" + seed));
    }

    Run(int seed, Path own) {
      world = new SimWorld(seed, own);
      SimWorld.Settings settings = world.settings;
      members = new int[] {3, 3, 5, 1}[pick(4)];
      settings.snapshotCount = new int[] {10, 40, 10_000}[pick(3)];
      settings.catchupEntries = pick(10);
      settings.maxBatchBytes = new int[] {60, 1 << 20}[pick(2)];
      settings.maxPendingRequests = new int[] {20, 5_000}[pick(2)];
      settings.maxUncommittedBytes = new int[] {600, 64 << 20}[pick(2)];
      settings.maxLogBytes = new int[] {3_000, 64 << 20}[pick(2)];
      settings.flushOperations = new int[] {5, 10_000}[pick(2)];
      settings.flushTicks = 1 + pick(20);
      world.found(members);
    }

    private int pick(int bound) {
      return world.random.nextInt(bound);
    }

    void all() {
      int hasty = 20 + pick(200);
      int rate = 1 + pick(4);
      for (int tick = 0; tick < 400; tick++) {
        world.tickHastily(hasty);
        if (pick(8) == 0) {
          fault();
        }
        for (int i = pick(rate + 1); i > 0; i--) {
          ask(1 + pick(members));
        }
      }
      heal();
      check();
    }

    // ---- faults

    private void fault() {
      long id = 1 + pick(members);
      SimWorld.Life life = world.life(id);
      switch (pick(15)) {
        case 0, 1 -> {
          if (!life.dead) {
            world.crash(id);
          }
        }
        case 2 -> {
          if (!life.dead) {
            world.powerCut(id);
          }
        }
        case 3, 4, 5, 6 -> {
          if (life.dead) {
            restart(id);
          }
        }
        case 7 -> world.isolate(id);
        case 8 -> world.cut(id, 1 + pick(members));
        case 9 -> {
          world.lossPerMille = pick(200);
          world.delayTicks = pick(4);
          world.reorder = pick(3) == 0;
        }
        case 10 -> life.paused = true;
        case 11 -> world.stall(id, pick(5), true);
        case 12 -> {
          for (long each = 1; each <= members; each++) {
            if (!world.life(each).dead) {
              world.powerCut(each);
            }
            restart(each);
          }
        }
        case 13 -> world.refuse(id, 1 + pick(members));
        default -> world.heal();
      }
    }

    private void restart(long id) {
      SimWorld.Life life = world.restart(id);
      if (pick(2) == 0) {
        watched.add(new Watched(life, world.watch(id, 1)));
      }
    }

    // ---- clients

    private void ask(long id) {
      if (world.life(id).dead) {
        return;
      }
      String key = "k" + pick(5);
      switch (pick(12)) {
        case 0, 1, 2, 3 -> {
          String value = "v" + nextValue++;
          writes.add(new Write(key, value, world.put(id, key, value)));
        }
        case 4 -> compareAndPut(id, key);
        case 5 ->
            writes.add(
                new Write(
                    key,
                    "",
                    world.propose(
                        id, new Command.DeleteRange(KeyRange.single(SimWorld.bytes(key)), true))));
        case 6, 7, 8 -> reads.add(new Read(key, world.read(id, key)));
        case 9 -> {
          long lease = 1 + pick(6);
          if (!grants.containsKey(lease)) {
            grants.put(lease, world.propose(id, new Command.LeaseGrant(lease, 2 + pick(5))));
          } else if (pick(3) == 0) {
            world.putLeased(id, "lease" + lease, "x" + nextValue++, lease);
          } else {
            renewals.add(new Renewal(lease, world.keepAlive(id, lease)));
          }
        }
        case 10 ->
            world.node(id).moveLeader(1 + pick(members), world.new Ask<>(world.life(id), "move"));
        default -> {
          if (pick(4) == 0) {
            world.hash(id, 0);
          } else {
            world.timeToLive(id, 1 + pick(6));
          }
        }
      }
    }

    /** Puts if the key is not there. */
    private void compareAndPut(long id, String key) {
      String value = "v" + nextValue++;
      Bytes k = SimWorld.bytes(key);
      Command.Compare absent =
          new Command.Compare(
              KeyRange.single(k),
              Command.CompareResult.EQUAL,
              Command.CompareTarget.CREATE,
              0,
              Bytes.EMPTY);
      writes.add(
          new Write(
              key,
              value,
              world.propose(
                  id,
                  new Command.Txn(
                      List.of(absent),
                      List.of(Command.Put.of(k, SimWorld.bytes(value))),
                      List.of()))));
    }

    // ---- peace

    private void heal() {
      world.heal();
      for (long id = 1; id <= members; id++) {
        if (world.life(id).dead) {
          restart(id);
        }
      }
      world.elect();
      world.requireAnswered(); // those that were lost on the way count until they time out
      for (long id = 1; id <= members; id++) {
        writes.add(new Write("fresh", "f" + id, world.put(id, "fresh", "f" + id)));
        Ask<Result> fresh = writes.get(writes.size() - 1).ask;
        world.until("a fresh write succeeds", 30, fresh::done);
        fresh.get();
        reads.add(new Read("fresh", world.read(id, "fresh")));
        assertThat(SimWorld.value(world.await(reads.get(reads.size() - 1).ask)))
            .as("seed " + world.seed)
            .isEqualTo("f" + id);
      }
      world.requireHealthy();
      // leases run out by and by; then nothing moves any more
      world.tick(100);
      world.converge(400);
      world.requireHealthy();
    }

    // ---- the truth

    private void check() {
      List<String> history = world.history(1);
      KvStore kv = world.node(1).kv();
      Map<String, Integer> occurrences = new HashMap<>();
      history.forEach(line -> occurrences.merge(valueOf(line), 1, Integer::sum));
      for (Write write : writes) {
        checkWrite(write, kv, occurrences);
      }
      for (Read read : reads) {
        if (read.ask.succeeded()) {
          Result.Ranged seen = read.ask.get();
          KeyValue then = kv.at(SimWorld.bytes(read.key), seen.revision());
          List<KeyValue> expected = then == null ? List.of() : List.of(then);
          assertThat(seen.kvs()).as(read.ask.describe()).isEqualTo(expected);
        }
      }
      checkRealTime();
      for (Watched w : watched) {
        assertThat(w.watching.canceled).isFalse();
        List<String> seen = w.watching.events;
        assertThat(seen)
            .as("watcher on member " + w.life.id + ", seed " + world.seed)
            .isEqualTo(history.subList(0, Math.min(seen.size(), history.size())));
        if (!w.life.dead) {
          assertThat(w.watching.events).as("seed " + world.seed).isEqualTo(history);
        }
      }
    }

    private static String valueOf(String line) {
      return line.substring(line.lastIndexOf(' ') + 1);
    }

    private void checkWrite(Write write, KvStore kv, Map<String, Integer> occurrences) {
      Ask<Result> ask = write.ask;
      String what = ask.describe();
      int times = write.value.isEmpty() ? 0 : occurrences.getOrDefault(write.value, 0);
      assertThat(times).as("applied at most once: " + what).isLessThan(2);
      EtcdError error = ask.error;
      if (error != null) {
        if (REFUSED.contains(error)) {
          assertThat(times).as("refused: " + what).isZero();
        }
      } else if (ask.result instanceof Result.Putted putted) {
        KeyValue then = kv.at(SimWorld.bytes(write.key), putted.revision());
        assertThat(then).as(what).isNotNull();
        assertThat(SimWorld.line(java.util.Objects.requireNonNull(then)))
            .isEqualTo(putted.revision() + " " + write.key + " = " + write.value);
      } else if (ask.result instanceof Result.TxnDone txn) {
        KeyValue then = kv.at(SimWorld.bytes(write.key), txn.revision());
        assertThat(times).as(what).isEqualTo(txn.succeeded() ? 1 : 0);
        assertThat(then).as("put, or there already: " + what).isNotNull();
      } else if (ask.result instanceof Result.Deleted deleted) {
        assertThat(kv.at(SimWorld.bytes(write.key), deleted.revision())).as(what).isNull();
      }
    }

    /** An answer's revision is at least that of everything answered before it was asked for. */
    private void checkRealTime() {
      List<Point> points = new ArrayList<>();
      for (Write write : writes) {
        Result result = write.ask.result;
        if (result instanceof Result.Putted p) {
          points.add(point(write.ask, p.revision(), true));
        } else if (result instanceof Result.Deleted d) {
          points.add(point(write.ask, d.revision(), d.deleted() > 0));
        } else if (result instanceof Result.TxnDone t) {
          points.add(point(write.ask, t.revision(), t.succeeded()));
        }
      }
      for (Read read : reads) {
        if (read.ask.succeeded()) {
          points.add(point(read.ask, read.ask.get().revision(), false));
        }
      }
      List<Point> byAnswer = new ArrayList<>(points);
      byAnswer.sort(Comparator.comparingLong(Point::answered));
      points.sort(Comparator.comparingLong(Point::asked));
      int next = 0;
      long known = 0;
      for (Point point : points) {
        while (next < byAnswer.size() && byAnswer.get(next).answered < point.asked) {
          known = Math.max(known, byAnswer.get(next++).revision);
        }
        assertThat(point.revision)
            .as("not older than what was known before: " + point.ask.describe())
            .isGreaterThanOrEqualTo(point.writes ? known + 1 : known);
      }
    }
  }
}
