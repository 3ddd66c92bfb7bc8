package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.node.LogStore.Existing;
import io.quorate.node.LogStore.Fresh;
import io.quorate.node.LogStore.Identity;
import io.quorate.node.LogStore.Write;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.LogPosition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.LongStream;
import org.assertj.core.groups.Tuple;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link LogStore} must do; a subclass says how one is opened and how it crashes. */
public abstract class LogStoreContract {
  protected static final Identity IDENTITY = new Identity(0xfedcba9876543210L, 7);

  private @Nullable LogStore current;

  /** Opens the store on the disk as it is now; {@link LogStore#recover} has not been called. */
  protected abstract LogStore open() throws IOException;

  /** Kills the process: the open store is never used again, the disk stays as it is. */
  protected abstract void crash(LogStore open) throws IOException;

  @AfterEach
  void closeStore() {
    if (current != null) {
      current.close();
    }
  }

  @Test
  void aLogThatWasNeverCreatedIsFreshEachTime() throws IOException {
    current = open();
    assertThat(store().recover()).isEqualTo(new Fresh());
    reopenAfterCrash();
    assertThat(store().recover()).isEqualTo(new Fresh());
  }

  @Test
  void aCreatedLogIsEmptyAndRemembersWhoseItIs() throws IOException {
    createdStore();
    Existing found = recoverAfterCrash();
    assertThat(found.identity()).isEqualTo(IDENTITY).isNotEqualTo(new Identity(1, 7));
    assertThat(found.hardState()).isEqualTo(HardState.EMPTY);
    assertThat(found.start()).isEqualTo(LogPosition.ZERO);
    assertThat(found.entries()).isEmpty();
  }

  @Test
  void followerThatLearnedATermButDidNotVoteRemembersIt() throws IOException {
    createdStore();
    store().write(List.of(new Write(new HardState(5, 0, 0), List.of(), null)));
    assertThat(recoverAfterCrash().hardState()).isEqualTo(new HardState(5, 0, 0));
  }

  @Test
  void aVoteIsRememberedWithItsUnsignedId() throws IOException {
    createdStore();
    store().write(List.of(new Write(new HardState(5, -3, 0), List.of(), null)));
    store().write(List.of(entries(5, 1, 2)));
    assertThat(recoverAfterCrash().hardState()).isEqualTo(new HardState(5, -3, 0));
  }

  @Test
  void appendingBelowTheEndReplacesWhatFollowed() throws IOException {
    createdStore();
    store().write(List.of(entries(1, 1, 5)));
    store().write(List.of(entries(2, 3, 4)));
    assertThat(positions(recoverAfterCrash())).containsExactly("1/1", "1/2", "2/3", "2/4");
  }

  @Test
  void writesOfOneGroupTakeEffectInTheirOrder() throws IOException {
    createdStore();
    store().write(List.of(entries(1, 1, 3)));
    store()
        .write(
            List.of(
                entries(2, 3, 6),
                entries(3, 5, 5),
                new Write(new HardState(3, 1, 2), List.of(), null),
                entries(4, 2, 2),
                new Write(new HardState(4, 0, 2), List.of(), null),
                entries(4, 3, 3)));
    Existing found = recoverAfterCrash();
    assertThat(positions(found)).containsExactly("1/1", "4/2", "4/3");
    assertThat(found.hardState()).isEqualTo(new HardState(4, 0, 2));
  }

  @Test
  void aSnapshotDropsTheLogAndStartsItOver() throws IOException {
    createdStore();
    store().write(List.of(entries(1, 1, 10)));
    List<Entry> after = entries(3, 101, 102).entries();
    store().write(List.of(new Write(new HardState(3, 0, 100), after, new LogPosition(2, 100))));
    Existing found = recoverAfterCrash();
    assertThat(found.start()).isEqualTo(new LogPosition(2, 100));
    assertThat(positions(found)).containsExactly("3/101", "3/102");
  }

  @Test
  void contentOfEveryKindAndLengthComesBackAsItWas() throws IOException {
    createdStore();
    byte[] large = new byte[3 << 20];
    new Random(1).nextBytes(large);
    List<Entry> written = new ArrayList<>();
    written.add(new Entry(new LogPosition(1, 1), Entry.Kind.NORMAL, new byte[0]));
    written.add(new Entry(new LogPosition(1, 2), Entry.Kind.CONF_CHANGE, new byte[] {0, -1, 7}));
    written.add(new Entry(new LogPosition(2, 3), Entry.Kind.NORMAL, large));
    for (long index = 4; index <= 150; index++) {
      written.add(entry(2, index));
    }
    store().write(List.of(new Write(null, written, null)));
    assertSame(recoverAfterCrash().entries(), written);
  }

  @Test
  void aCutLogStartsAtTheCutOnceSomethingWasWrittenAfterIt() throws IOException {
    createdStore();
    store().write(List.of(entries(1, 1, 10)));
    store().truncatePrefix(new LogPosition(1, 6));
    store().write(List.of(entries(1, 11, 11)));
    Existing found = recoverAfterCrash();
    assertThat(found.start()).isEqualTo(new LogPosition(1, 6));
    assertThat(positions(found)).containsExactly("1/7", "1/8", "1/9", "1/10", "1/11");
  }

  @Test
  void aLogCutToItsVeryEndGoesOnFromThere() throws IOException {
    createdStore();
    store().write(List.of(entries(1, 1, 10)));
    store().truncatePrefix(new LogPosition(1, 10));
    store().write(List.of(entries(2, 11, 11)));
    Existing found = recoverAfterCrash();
    assertThat(found.start()).isEqualTo(new LogPosition(1, 10));
    assertThat(positions(found)).containsExactly("2/11");
  }

  @Test
  void cuttingBelowTheStartChangesNothing() throws IOException {
    createdStore();
    store().write(List.of(new Write(null, List.of(), new LogPosition(2, 100))));
    store().truncatePrefix(new LogPosition(1, 50));
    store().write(List.of(entries(2, 101, 101)));
    assertThat(recoverAfterCrash().start()).isEqualTo(new LogPosition(2, 100));
  }

  @Test
  void manyEntriesThatWereCutGoWithoutDisturbingTheRest() throws IOException {
    createdStore();
    store().write(List.of(entries(1, 1, 3000)));
    store().truncatePrefix(new LogPosition(1, 2990));
    for (long index = 3001; index <= 3060; index++) {
      store().write(List.of(entries(1, index, index)));
      if (index % 20 == 0) {
        Existing found = recoverAfterCrash();
        assertThat(found.start()).isEqualTo(new LogPosition(1, 2990));
        assertThat(found.entries()).hasSize((int) (index - 2990));
      }
    }
    store().write(List.of(entries(2, 2991, 2991)));
    assertThat(positions(recoverAfterCrash())).containsExactly("2/2991");
  }

  @Test
  void entriesThatLeaveAGapAreRefusedAndChangeNothing() throws IOException {
    createdStore();
    store().write(List.of(entries(1, 1, 3)));
    assertThatThrownBy(() -> store().write(List.of(entries(1, 4, 4), entries(1, 6, 6))))
        .isInstanceOf(IllegalStateException.class);
    store().write(List.of(entries(1, 4, 4)));
    assertThat(positions(recoverAfterCrash())).containsExactly("1/1", "1/2", "1/3", "1/4");
  }

  @Test
  void entriesAtOrBelowTheStartAreRefused() throws IOException {
    createdStore();
    store().write(List.of(new Write(null, List.of(), new LogPosition(2, 100))));
    assertThatThrownBy(() -> store().write(List.of(entries(2, 100, 101))))
        .isInstanceOf(IllegalStateException.class);
    assertThat(recoverAfterCrash().entries()).isEmpty();
  }

  @Test
  void nothingCanBeWrittenBeforeTheLogWasRecoveredOrCreated() throws IOException {
    current = open();
    assertThatThrownBy(() -> store().write(List.of(entries(1, 1, 1))))
        .isInstanceOf(IllegalStateException.class);
    store().recover();
    assertThatThrownBy(() -> store().write(List.of(entries(1, 1, 1))))
        .isInstanceOf(IllegalStateException.class);
  }

  /** Crashes between every two writes of a random sequence, and compares with a plain list. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void afterACrashBehindAnyPrefixOfWritesExactlyThatPrefixIsThere(long seed) throws IOException {
    Random random = new Random(seed);
    createdStore();
    List<Entry> log = new ArrayList<>();
    LogPosition start = LogPosition.ZERO;
    HardState hardState = HardState.EMPTY;
    for (int step = 1; step <= 25; step++) {
      List<Write> group = new ArrayList<>();
      for (int i = random.nextInt(3); i >= 0; i--) {
        LogPosition resetTo = null;
        if (random.nextInt(10) == 0) {
          resetTo = new LogPosition(step, start.index() + 50);
          start = resetTo;
          log.clear();
        }
        long last = start.index() + log.size();
        long first = Math.max(start.index() + 1, last + 1 - random.nextInt(4));
        while (start.index() + log.size() >= first) {
          log.remove(log.size() - 1);
        }
        Write appended = entries(step, first, first + random.nextInt(80) - 1);
        log.addAll(appended.entries());
        HardState changed = random.nextBoolean() ? new HardState(step, i, first) : null;
        hardState = changed == null ? hardState : changed;
        group.add(new Write(changed, appended.entries(), resetTo));
      }
      if (random.nextInt(4) == 0 && log.size() > 2) {
        // Cut only what this group leaves alone: it is durable with the group.
        LogPosition first = firstTouched(group);
        if (first == null || first.index() > start.index() + 2) {
          start = log.get(0).position();
          store().truncatePrefix(start);
          log.remove(0);
        }
      }
      store().write(group);
      store().maintain();
      Existing found = recoverAfterCrash();
      assertThat(found.hardState()).isEqualTo(hardState);
      assertThat(found.start()).isEqualTo(start);
      assertSame(found.entries(), log);
    }
  }

  @Test
  void aClosedLogComesBackAsItWas() throws IOException {
    createdStore();
    store().write(List.of(entries(1, 1, 100)));
    store().close();
    current = open();
    assertThat(((Existing) store().recover()).entries()).hasSize(100);
  }

  private LogStore store() {
    return Objects.requireNonNull(current);
  }

  /** A store that was created and is open; closed after the test. */
  protected final LogStore createdStore() throws IOException {
    current = open();
    assertThat(store().recover()).isEqualTo(new Fresh());
    store().create(IDENTITY);
    return store();
  }

  /** Opens again, as a new process would after the old one was killed. */
  protected final LogStore reopenAfterCrash() throws IOException {
    crash(store());
    current = open();
    return store();
  }

  protected final Existing recoverAfterCrash() throws IOException {
    return (Existing) reopenAfterCrash().recover();
  }

  protected static Write entries(long term, long first, long last) {
    return new Write(
        null, LongStream.rangeClosed(first, last).mapToObj(i -> entry(term, i)).toList(), null);
  }

  protected static List<String> positions(Existing found) {
    return found.entries().stream().map(e -> e.term() + "/" + e.index()).toList();
  }

  private static Entry entry(long term, long index) {
    byte[] data = ("entry " + index + " of term " + term).getBytes(StandardCharsets.UTF_8);
    return new Entry(new LogPosition(term, index), Entry.Kind.NORMAL, data);
  }

  private static @Nullable LogPosition firstTouched(List<Write> group) {
    return group.stream()
        .filter(write -> write.resetTo() != null || !write.entries().isEmpty())
        .map(
            write -> write.resetTo() != null ? LogPosition.ZERO : write.entries().get(0).position())
        .min((a, b) -> Long.compare(a.index(), b.index()))
        .orElse(null);
  }

  private static void assertSame(List<Entry> found, List<Entry> expected) {
    assertThat(found)
        .extracting(Entry::position, Entry::kind)
        .containsExactlyElementsOf(
            expected.stream().map(e -> Tuple.tuple(e.position(), e.kind())).toList());
    for (int i = 0; i < found.size(); i++) {
      assertThat(Arrays.equals(found.get(i).data(), expected.get(i).data()))
          .as("data of %s", expected.get(i).position())
          .isTrue();
    }
  }
}
