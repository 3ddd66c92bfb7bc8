package io.quorate.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Old answers are right, wrong ones and going back are not. */
final class SerializableReadsTest {
  private final List<SerializableReads.InSession> operations = new ArrayList<>();
  private long time;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void membersThatLagButNeverGoBackKeepTheirPromise(long seed) {
    Changes changes = changes(seed);
    Random random = new Random(seed);
    long[] member = {1, 1, 1};
    for (int i = 0; i < 500; i++) {
      int at = random.nextInt(member.length);
      member[at] = Math.min(changes.revision(), member[at] + random.nextInt(3));
      readAt("m" + at, member[at], changes, random.nextInt(4) == 0 ? random.nextLong(300) : 0);
    }
    assertThat(SerializableReads.check(changes, operations)).isEmpty();
  }

  @Test
  void anAnswerOfNoStateThatWasIsFound() {
    Changes changes = changes(1);
    read("m", 0, new Result.Ranged(10, List.of(), false, 0));
    assertBroken(changes, SerializableReads.WRONG_STATE);
  }

  @Test
  void aRevisionThatNeverWasIsFound() {
    Changes changes = changes(1);
    long future = changes.revision() + 1;
    read("m", 0, new Result.Ranged(future, List.of(), false, 0));
    assertBroken(changes, SerializableReads.WRONG_STATE);
  }

  @Test
  void aTransactionThatReadsIsComparedToo() {
    Changes changes = changes(1);
    Command.Txn txn = new Command.Txn(List.of(), List.of(range(0)), List.of());
    Result.Ranged right =
        (Result.Ranged) changes.states().readAsOf(new Operation.Read(range(0)), 20);
    transaction(txn, new Result.TxnDone(20, true, List.of(right)));
    assertThat(SerializableReads.check(changes, operations)).isEmpty();
    transaction(txn, new Result.TxnDone(21, true, List.of(right)));
    assertBroken(changes, SerializableReads.WRONG_STATE);
  }

  @Test
  void aRefusalAsCompactedNeedsACompaction() {
    Changes changes = changes(1);
    refused(5, EtcdError.COMPACTED);
    assertBroken(changes, SerializableReads.WRONG_STATE);
    compact(6, new Operation.Unknown());
    assertThat(SerializableReads.check(changes, operations)).isEmpty();
  }

  @Test
  void aMemberThatGoesBackIsFound() {
    Changes changes = changes(1);
    readAt("m", 20, changes, 0);
    readAt("other", 10, changes, 0);
    assertThat(SerializableReads.check(changes, operations)).isEmpty();
    readAt("m", 19, changes, 0);
    assertBroken(changes, SerializableReads.WENT_BACK);
  }

  @Test
  void readsThatOverlapMayAnswerInAnyOrder() {
    Changes changes = changes(1);
    Operation.Outcome newer = right(changes, 20);
    Operation.Outcome older = right(changes, 19);
    add("m", Operation.read(1, 10, 20, range(0), newer));
    add("m", Operation.read(2, 20, 30, range(0), older));
    assertThat(SerializableReads.check(changes, operations)).isEmpty();
    add("m", Operation.read(3, 21, 30, range(0), older));
    assertBroken(changes, SerializableReads.WENT_BACK);
  }

  @Test
  void aMemberMayNotGoBackBehindAWriteThatItHasAnswered() {
    Changes changes = changes(1);
    add(
        "m",
        Operation.command(
            1,
            1,
            2,
            Command.Put.of(Bytes.utf8("ka"), Bytes.utf8("v")),
            new Operation.Succeeded(new Result.Putted(20, null))));
    add("m", Operation.read(1, 3, 4, range(20), new Operation.Refused(EtcdError.FUTURE_REV)));
    assertBroken(changes, SerializableReads.WENT_BACK);
  }

  @Test
  void aCompactionIsRefusedWithWhatTheMemberHasNotReached() {
    Changes changes = changes(1);
    readAt("m", 20, changes, 0);
    compact(21, new Operation.Refused(EtcdError.FUTURE_REV));
    assertThat(SerializableReads.check(changes, operations)).isEmpty();
    compact(20, new Operation.Refused(EtcdError.FUTURE_REV));
    assertBroken(changes, SerializableReads.WENT_BACK);
  }

  private static Changes changes(long seed) {
    return HistoryGenerator.generate(seed, HistoryGenerator.Shape.TYPICAL).changes();
  }

  private static Command.Range range(long revision) {
    return new Command.Range(
        KeyRange.all(),
        0,
        revision,
        Command.SortOrder.NONE,
        Command.SortTarget.KEY,
        true,
        false,
        false,
        0,
        0,
        0,
        0);
  }

  private static Operation.Outcome right(Changes changes, long newest) {
    List<KeyValue> kvs = changes.pairs(KeyRange.all(), newest);
    return new Operation.Succeeded(new Result.Ranged(newest, kvs, false, kvs.size()));
  }

  private void assertBroken(Changes changes, String promise) {
    assertThat(SerializableReads.check(changes, operations))
        .extracting(Violation::promise)
        .containsExactly(promise);
  }

  private void add(String session, Operation operation) {
    operations.add(new SerializableReads.InSession(session, operation));
  }

  private void readAt(String session, long newest, Changes changes, long revision) {
    if (revision > newest) {
      add(
          session,
          Operation.read(
              1, ++time, ++time, range(revision), new Operation.Refused(EtcdError.FUTURE_REV)));
      return;
    }
    List<KeyValue> kvs = changes.pairs(KeyRange.all(), revision > 0 ? revision : newest);
    read(session, revision, new Result.Ranged(newest, kvs, false, kvs.size()));
  }

  private void read(String session, long revision, Result.Ranged answer) {
    add(
        session,
        Operation.read(1, ++time, ++time, range(revision), new Operation.Succeeded(answer)));
  }

  private void refused(long revision, EtcdError error) {
    add("m", Operation.read(1, ++time, ++time, range(revision), new Operation.Refused(error)));
  }

  private void transaction(Command.Txn txn, Result answer) {
    add("m", Operation.command(1, ++time, ++time, txn, new Operation.Succeeded(answer)));
  }

  private void compact(long revision, Operation.Outcome outcome) {
    add("m", Operation.command(1, ++time, ++time, new Command.Compact(revision, false), outcome));
  }
}
