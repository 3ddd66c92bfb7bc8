package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.sim.SimWorld;
import io.quorate.sim.SimWorld.Ask;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Space that is given back to the disk while the member serves. */
class VacuumTest {
  private static final int WRITER = 3;
  private static final long MIB = 1L << 20;

  private final Path directory;

  VacuumTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /** A cluster whose members have much space that compaction has left. */
  private SimWorld compacted(int seed, int members) {
    SimWorld world = SimWorld.of(seed, directory, members);
    long leader = world.elect();
    for (int i = 0; i < 40; i++) {
      world.await(world.put(leader, "k" + i % 4, "v".repeat(200)));
    }
    world.tick(3); // what is on the disk and not on its way there will leave space
    world.await(world.propose(leader, new Command.Compact(41, false)));
    world.converge(50);
    return world;
  }

  private static Ask<Boolean> defragment(SimWorld world, long member) {
    Ask<Boolean> ask = world.new Ask<>(world.life(member), "defragment");
    world.node(member).defragment(ask);
    return ask;
  }

  @Test
  void itIsDoneWithoutAQuorumAndReadsAndWritesGoOn() {
    SimWorld world = compacted(1, 3);
    long member = world.otherThan(world.elect());
    Ask<Boolean> asked = defragment(world, member);
    world.await(world.put(member, "meanwhile", "v"));
    assertThat(world.await(world.read(member, "meanwhile"))).isNotNull();
    world.await(asked);
    assertThat(world.state(member).freeBytes()).isZero();
    assertThat(world.state(member).sizeBytes()).isEqualTo(world.state(member).sizeInUseBytes());
    world.requireHealthy();

    SimWorld alone = compacted(2, 3);
    long left = alone.elect();
    alone.isolate(left);
    alone.await(defragment(alone, left));
    assertThat(alone.state(left).freeBytes()).isZero();
  }

  @Test
  void nothingIsHastenedForThoseWhoDoNotWait() {
    SimWorld world = compacted(3, 1);
    Ask<Boolean> gone = defragment(world, 1);
    world.step();
    gone.wanted = false;
    world.tick(5);
    assertThat(gone.error).isEqualTo(EtcdError.TIMEOUT);
    assertThat(world.state(1).freeBytes()).isPositive();
    world.await(defragment(world, 1));
    assertThat(world.state(1).freeBytes()).isZero();
  }

  @Test
  void whoWaitsWhenTheMemberStopsIsToldSo() {
    SimWorld world = compacted(4, 1);
    world.stall(1, WRITER, true);
    Ask<Boolean> asked = defragment(world, 1);
    world.tick(3);
    assertThat(asked.done()).isFalse();
    world.node(1).halt(() -> {});
    world.stall(1, WRITER, false);
    world.tick(3);
    assertThat(asked.error).isEqualTo(EtcdError.STOPPED);
  }

  /** A file of which the test says how much of it is free. */
  private static final class File implements Vacuum.Host {
    long sizeBytes = 100 * MIB;
    long freeBytes;
    boolean isHeldUp;
    int slices;
    final Deque<Runnable> writer = new ArrayDeque<>();

    @Override
    public long sizeBytes() {
      return sizeBytes;
    }

    @Override
    public long freeBytes() {
      return freeBytes;
    }

    @Override
    public void vacuum(long maxBytes, long keepBytes, LongConsumer given) {
      writer.add(
          () -> {
            long bytes = isHeldUp ? 0 : Math.max(0, Math.min(maxBytes, freeBytes - keepBytes));
            slices++;
            freeBytes -= bytes;
            sizeBytes -= bytes;
            given.accept(bytes);
          });
    }

    void run() {
      for (Runnable task = writer.poll(); task != null; task = writer.poll()) {
        task.run();
      }
    }
  }

  private static final class Answer implements Callback<Boolean> {
    final List<Object> answers = new ArrayList<>();

    @Override
    public void complete(Boolean done) {
      answers.add(done);
    }

    @Override
    public void fail(EtcdError error) {
      answers.add(error);
    }
  }

  @Test
  void muchFreeSpaceIsGivenBackByItselfOneSliceATick() {
    File file = new File();
    Vacuum vacuum = new Vacuum(file);
    file.freeBytes = 25 * MIB;
    vacuum.next();
    file.run();
    assertThat(file.slices).isZero();

    file.freeBytes = 25 * MIB + 1;
    for (int tick = 1; tick <= 10; tick++) {
      vacuum.next();
      vacuum.next();
      file.run();
      assertThat(file.slices).isEqualTo(tick);
    }
    for (int tick = 0; tick < 100; tick++) {
      vacuum.next();
      file.run();
    }
    assertThat(file.freeBytes).isBetween(file.sizeBytes / 8 - MIB, file.sizeBytes / 8);
  }

  @Test
  void whatBecomesFreeMeanwhileKeepsNobodyWaiting() {
    File file = new File();
    Vacuum vacuum = new Vacuum(file);
    file.freeBytes = 10 * MIB;
    Answer answer = new Answer();
    vacuum.hasten(answer);
    for (int i = 0; answer.answers.isEmpty() && i < 100; i++) {
      file.writer.remove().run();
      file.freeBytes += MIB;
    }
    assertThat(answer.answers).containsExactly(true);
    assertThat(file.slices).isEqualTo(10);
  }

  @Test
  void aReaderThatHoldsItUpIsWaitedForTickByTick() {
    File file = new File();
    Vacuum vacuum = new Vacuum(file);
    file.freeBytes = 3 * MIB;
    file.isHeldUp = true;
    Answer answer = new Answer();
    vacuum.hasten(answer);
    file.run();
    vacuum.next();
    file.run();
    assertThat(file.slices).isEqualTo(2);
    assertThat(answer.answers).isEmpty();
    file.isHeldUp = false;
    vacuum.next();
    file.run();
    assertThat(answer.answers).containsExactly(true);
    assertThat(file.freeBytes).isZero();
  }
}
