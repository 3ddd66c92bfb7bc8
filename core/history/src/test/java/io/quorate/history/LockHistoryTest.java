package io.quorate.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.history.LockHistory.Gone;
import io.quorate.history.LockHistory.Held;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two clients and one lock; the first one's key goes in revision 5. */
final class LockHistoryTest {
  private static final KeyRange LOCK = KeyRange.prefix(Bytes.utf8("lock/"));
  private static final Bytes FIRST = Bytes.utf8("lock/1");
  private static final Bytes SECOND = Bytes.utf8("lock/2");
  private static final Bytes DATA = Bytes.utf8("data");

  /** Revision 2 and 3: the keys; 4: a write; 5: the first key goes; 6: another write. */
  private static final Changes CHANGES =
      new Changes(
          List.of(
              change(2, new KeyValue(FIRST, Bytes.EMPTY, 2, 2, 1, 7)),
              change(3, new KeyValue(SECOND, Bytes.EMPTY, 3, 3, 1, 8)),
              change(4, new KeyValue(DATA, Bytes.utf8("1"), 4, 4, 1, 0)),
              change(5, KeyValue.tombstone(FIRST, 5)),
              change(6, new KeyValue(DATA, Bytes.utf8("2"), 4, 6, 2, 0))));

  private static final Held FIRST_HELD = new Held(1, FIRST, 2, 2, 1, 2);
  private static final Held SECOND_HELD = new Held(2, SECOND, 3, 5, 10, 11);

  @Test
  void holdersOneAfterTheOtherWithTheirWritesAreRight() {
    assertThat(
            check(
                List.of(FIRST_HELD, SECOND_HELD),
                guarded(1, FIRST, 2, 4, true),
                guarded(1, FIRST, 2, 5, false),
                guarded(2, SECOND, 3, 6, true)))
        .isEmpty();
  }

  @Test
  void twoHoldersAtOnceAreFound() {
    assertBroken(
        LockHistory.NOT_THE_HOLDER, List.of(FIRST_HELD, new Held(2, SECOND, 3, 4, 10, 11)));
  }

  @Test
  void aHolderWhoseKeyIsGoneIsFound() {
    assertBroken(LockHistory.NOT_THE_HOLDER, List.of(new Held(1, FIRST, 2, 5, 1, 2)));
  }

  @Test
  void aTokenThatIsNotTheCreateRevisionOfTheKeyIsFound() {
    assertBroken(LockHistory.NOT_THE_HOLDER, List.of(new Held(1, FIRST, 1, 3, 1, 2)));
  }

  @Test
  void tokensThatDescendInTimeAreFound() {
    Held late = new Held(1, FIRST, 2, 4, 20, 21);
    assertBroken(LockHistory.TOKENS_ASCEND, List.of(SECOND_HELD, late));
    assertThat(check(List.of(SECOND_HELD, new Held(1, FIRST, 2, 4, 9, 21))))
        .as("nobody can tell which of two that overlap was first")
        .isEmpty();
  }

  @Test
  void aGuardedWriteAfterTheKeyIsGoneIsFound() {
    assertBroken(LockHistory.FENCED, List.of(FIRST_HELD), guarded(1, FIRST, 2, 6, true));
  }

  @Test
  void aGuardedWriteOfAnOlderHolderAfterANewerOnesIsFound() {
    assertBroken(
        LockHistory.TOKENS_ASCEND,
        List.of(),
        guarded(2, SECOND, 3, 4, true),
        guarded(1, FIRST, 2, 5, true));
  }

  @Test
  void whoActsAsHolderAfterItsKeyIsKnownToBeGoneIsFound() {
    assertThat(
            LockHistory.check(
                LOCK, CHANGES, List.of(FIRST_HELD), List.of(new Gone(FIRST, 2, 0)), List.of()))
        .extracting(Violation::promise)
        .containsExactly(LockHistory.GONE_IS_GONE);
    assertThat(
            LockHistory.check(
                LOCK,
                CHANGES,
                List.of(SECOND_HELD),
                List.of(new Gone(FIRST, 2, -1)),
                List.of(guarded(1, FIRST, 2, 4, true), guarded(1, FIRST, 2, 6, false))))
        .extracting(Violation::promise)
        .containsExactly(LockHistory.GONE_IS_GONE);
    assertThat(
            LockHistory.check(
                LOCK,
                CHANGES,
                List.of(FIRST_HELD),
                List.of(new Gone(FIRST, 2, 1)),
                List.of(guarded(1, FIRST, 2, 4, true))))
        .as("what was under way may still succeed")
        .isEmpty();
  }

  private static List<Violation> check(List<Held> holds, Operation... guarded) {
    return LockHistory.check(LOCK, CHANGES, holds, List.of(), List.of(guarded));
  }

  private static void assertBroken(String promise, List<Held> holds, Operation... guarded) {
    assertThat(check(holds, guarded)).extracting(Violation::promise).containsExactly(promise);
  }

  private static Operation guarded(
      int client, Bytes key, long token, long revision, boolean succeeded) {
    Command.Txn txn =
        new Command.Txn(
            List.of(
                new Command.Compare(
                    KeyRange.single(key),
                    Command.CompareResult.EQUAL,
                    Command.CompareTarget.CREATE,
                    token,
                    Bytes.EMPTY)),
            List.of(Command.Put.of(DATA, Bytes.utf8("x"))),
            List.of());
    Result.TxnDone done =
        new Result.TxnDone(
            revision,
            succeeded,
            succeeded ? List.of(new Result.Putted(revision, null)) : List.of());
    return Operation.command(client, 0, 1, txn, new Operation.Succeeded(done));
  }

  private static Changes.Change change(long revision, KeyValue... kvs) {
    return new Changes.Change(revision, List.of(kvs));
  }
}
