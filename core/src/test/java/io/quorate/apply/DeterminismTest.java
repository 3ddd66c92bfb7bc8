package io.quorate.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Command;
import io.quorate.command.Member;
import io.quorate.command.MemberChange;
import io.quorate.raft.ConfState;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The state after a log is a function of the log, however a member came by it. */
final class DeterminismTest {
  private static final int ENTRIES = 500;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void twoMembersFedWithTheSameEntriesWriteTheSameBatches(long seed) throws IOException {
    MachineOnMemory one = bootstrapped();
    MachineOnMemory two = bootstrapped();
    Feeder feedOne = new Feeder(seed);
    Feeder feedTwo = new Feeder(seed);
    for (int i = 0; i < ENTRIES; i++) {
      assertThat(feedOne.feed(one)).isEqualTo(feedTwo.feed(two));
      if (i % 7 == 0) {
        one.machine.sweep(3);
        two.machine.sweep(3);
      }
      if (i % 10 == 0) {
        assertThat(shown(one.flush())).isEqualTo(shown(two.flush()));
      }
    }
    assertThat(one.machine.kv().revision()).as("the stream does something").isGreaterThan(200);
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15})
  void stoppingAndStartingAgainChangesNothing(long seed) throws IOException {
    MachineOnMemory inOneGo = bootstrapped();
    MachineOnMemory restarting = bootstrapped();
    Feeder feedOne = new Feeder(seed);
    Feeder feedTwo = new Feeder(seed);
    SplittableRandom when = new SplittableRandom(seed);
    for (int i = 0; i < ENTRIES; i++) {
      assertThat(feedTwo.feed(restarting)).isEqualTo(feedOne.feed(inOneGo));
      if (when.nextInt(20) == 0) {
        restarting = restarting.restarted();
      }
    }
    assertThat(written(restarting)).isEqualTo(written(inOneGo));
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23})
  void whatAPowerCutTookComesBackFromTheLog(long seed) throws IOException {
    MachineOnMemory steady = bootstrapped();
    Feeder feed = new Feeder(seed);
    for (int i = 0; i < ENTRIES; i++) {
      feed.feed(steady);
    }
    MachineOnMemory cut = bootstrapped();
    SplittableRandom when = new SplittableRandom(seed);
    Feeder replay = new Feeder(seed);
    long syncedFeeds = 0;
    for (int cuts = 0; cuts < 8; cuts++) {
      while (replay.fed < ENTRIES && when.nextInt(40) != 0) {
        replay.feed(cut);
        if (when.nextInt(6) == 0) {
          cut.flush();
        }
      }
      if (when.nextBoolean()) {
        cut.flush();
        cut.store.sync();
      }
      cut.store.powerCut(when.nextInt(cut.store.unsyncedCommits() + 1));
      syncedFeeds = cut.store.load().applied().index();
      cut = new MachineOnMemory(cut.store);
      replay = new Feeder(seed);
      replay.skip(steadyRevisions(seed), syncedFeeds);
    }
    while (replay.fed < ENTRIES) {
      replay.feed(cut);
    }
    assertThat(written(cut)).isEqualTo(written(steady));
  }

  /** Revisions a member sees before each entry: what {@link Feeder} derives its commands from. */
  private static long[] steadyRevisions(long seed) throws IOException {
    MachineOnMemory machine = bootstrapped();
    Feeder feed = new Feeder(seed);
    long[] revisions = new long[ENTRIES + 1];
    for (int i = 0; i < ENTRIES; i++) {
      revisions[i] = machine.machine.kv().revision();
      feed.feed(machine);
    }
    return revisions;
  }

  /** All that reaches the disk once everything compacted is swept. */
  private static String written(MachineOnMemory m) {
    while (m.machine.sweep(2)) {
      m.flush();
    }
    m.flush();
    return m.store.dump();
  }

  private static String shown(StateBatch batch) {
    return String.join(
        "\n",
        batch.records.toString(),
        batch.deadRecords.toString(),
        batch.leases.toString(),
        batch.members.toString(),
        batch.alarms.toString(),
        batch.wallClocks.toString(),
        batch.applied.toString(),
        batch.conf.toString(),
        batch.revision + " " + batch.compactRevision + " " + batch.nextRecordId);
  }

  private static MachineOnMemory bootstrapped() throws IOException {
    MemoryStateStore store = new MemoryStateStore();
    StateBatch bootstrap = new StateBatch();
    bootstrap.members.put(
        1L, Optional.of(new Member(1, "", List.of("http://p0"), List.of(), false)));
    bootstrap.conf = new ConfState(List.of(1L), List.of(), List.of(), List.of(), false);
    store.commit(bootstrap);
    store.sync();
    return new MachineOnMemory(store);
  }

  /** A log from a seed: batches of commands, and a change of members here and there. */
  private static final class Feeder {
    private final SplittableRandom random;
    private final RandomCommands commands;
    long fed;

    Feeder(long seed) {
      random = new SplittableRandom(seed);
      commands = new RandomCommands(seed);
    }

    Applied feed(MachineOnMemory m) {
      Object next = next(m.machine.kv().revision());
      m.nextRequestId(fed * 100);
      return next instanceof MemberChange change ? m.change(change) : m.applyAll((Command[]) next);
    }

    void skip(long[] revisions, long count) {
      for (int i = 0; i < count; i++) {
        next(revisions[i]);
      }
    }

    private Object next(long revision) {
      fed++;
      if (random.nextInt(20) == 0) {
        long id = random.nextInt(1, 8);
        return switch (random.nextInt(3)) {
          case 0 -> new MemberChange.Add(id, List.of("http://p" + id), random.nextBoolean());
          case 1 -> new MemberChange.Promote(id);
          default -> new MemberChange.Remove(id);
        };
      }
      Command[] batch = new Command[random.nextInt(1, 5)];
      for (int i = 0; i < batch.length; i++) {
        batch[i] = commands.next(revision);
      }
      return batch;
    }
  }
}
