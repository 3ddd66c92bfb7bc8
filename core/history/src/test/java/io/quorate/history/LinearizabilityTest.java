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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Right histories are found right, and each kind of wrong one is found wrong. */
final class LinearizabilityTest {
  private static final Operation.Outcome UNKNOWN = new Operation.Unknown();
  private static final Operation.Outcome NEVER_SENT = new Operation.Refused(null);

  private final List<Operation> history = new ArrayList<>();
  private long time;

  // ---- right ones

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 20, 40})
  void whatTheModelDidIsLinearizableHoweverManyAnswersAreLost(int lostPercent) {
    for (long seed = 1; seed <= 100; seed++) {
      for (boolean rich : new boolean[] {false, true}) {
        HistoryGenerator.Shape shape = new HistoryGenerator.Shape(200, 6, 5, lostPercent, 45, rich);
        HistoryGenerator.Generated generated = HistoryGenerator.generate(seed, shape);
        Verdict verdict = Linearizability.check(generated.operations());
        assertThat(verdict.kind())
            .as("seed %s rich %s: %s", seed, rich, verdict.explanation())
            .isEqualTo(Verdict.Kind.LINEARIZABLE);
      }
    }
  }

  @Test
  void withoutLostAnswersTheOrderFoundMakesTheRevisionsThatWere() {
    HistoryGenerator.Shape shape = new HistoryGenerator.Shape(300, 8, 7, 0, 40, true);
    for (long seed = 1; seed <= 30; seed++) {
      HistoryGenerator.Generated generated = HistoryGenerator.generate(seed, shape);
      Verdict verdict = Linearizability.check(generated.operations());
      assertThat(verdict.changes().all()).isEqualTo(generated.changes().all());
    }
  }

  @Test
  void anOldAnswerIsRightAsLongAsTheReadAndTheWriteOverlap() {
    put("a", "1", putted(2));
    history.add(op(1, 10, 20, put("a", "2"), putted(3)));
    history.add(read(2, 15, 30, "a", ranged(2, kv("a", "1", 2, 2, 1))));
    assertRight();
  }

  @Test
  void aLostWriteMayTakeEffectAfterItsClientGaveUp() {
    history.add(op(0, 0, 5, put("a", "1"), UNKNOWN));
    history.add(read(1, 10, 11, "a", ranged(1)));
    history.add(read(1, 20, 21, "a", ranged(2, kv("a", "1", 2, 2, 1))));
    assertRight();
  }

  @Test
  void aLostGrantAndALostCompactionAreFoundWhereTheyShow() {
    history.add(op(0, 0, 1, new Command.LeaseGrant(7, 10), UNKNOWN));
    put("a", "1", putted(2));
    put("a", "2", putted(3));
    history.add(op(0, 0, 1, new Command.Compact(3, false), UNKNOWN));
    history.add(readAt("a", 2, ranged(3, kv("a", "1", 2, 2, 1))));
    history.add(readAt("a", 2, new Operation.Refused(EtcdError.COMPACTED)));
    put(new Command.Put(key("b"), key("x"), 7, false, false, false), putted(4));
    assertRight();
  }

  @Test
  void aKeyMayVanishWithItsLeaseIfLeasesMayExpire() {
    add(new Command.LeaseGrant(7, 10), new Result.LeaseGranted(1, 7, 10));
    put(new Command.Put(key("a"), key("x"), 7, false, false, false), putted(2));
    read("a", ranged(3));
    assertWrong("get a");
    assertThat(Linearizability.check(Linearizability.withPossibleExpiry(history)).isLinearizable())
        .isTrue();
  }

  // ---- wrong ones

  @Test
  void aStaleReadIsFound() {
    put("a", "1", putted(2));
    put("a", "2", putted(3));
    read("a", ranged(2, kv("a", "1", 2, 2, 1)));
    assertWrong("get a -> revision 2", "the model answers revision 3");
  }

  @Test
  void aLostUpdateIsFound() {
    put("a", "1", putted(2));
    history.add(op(1, 10, 20, swap("a", 2, "2"), swapped(3)));
    history.add(op(2, 10, 20, swap("a", 2, "3"), swapped(4)));
    assertWrong("MOD(a) EQUAL 2");
  }

  @Test
  void aWriteThatWasAcknowledgedAndIsGoneIsFound() {
    put("a", "1", putted(2));
    read("a", ranged(1));
    assertWrong("get a -> revision 1");
  }

  @Test
  void aDoubledEffectIsFound() {
    history.add(op(0, 0, 1, put("a", "1"), UNKNOWN));
    time = 10;
    read("a", ranged(2, kv("a", "1", 2, 2, 1)));
    assertRight();
    read("a", ranged(3, kv("a", "1", 2, 3, 2)));
    assertWrong("version 2");
  }

  @Test
  void anEffectOfARefusedRequestIsFound() {
    history.add(op(0, 0, 1, put("a", "1"), NEVER_SENT));
    time = 10;
    read("a", ranged(2, kv("a", "1", 2, 2, 1)));
    assertWrong("get a");
  }

  @Test
  void aRevisionThatGoesBackIsFound() {
    put("a", "1", putted(2));
    put("b", "1", putted(3));
    read("z", ranged(2));
    assertWrong("get z -> revision 2");
  }

  @Test
  void aRevisionThatNobodyMadeIsFound() {
    put("a", "1", putted(2));
    put("a", "2", putted(4));
    assertWrong("put a=2");
  }

  @Test
  void halfATransactionIsFound() {
    Command.Txn both = new Command.Txn(List.of(), List.of(put("a", "1"), put("b", "1")), List.of());
    add(both, new Result.TxnDone(2, true, List.of(result(2), result(2))));
    history.add(
        Operation.read(
            0, ++time, ++time, Command.Range.of(KeyRange.all()), ranged(2, kv("a", "1", 2, 2, 1))));
    assertWrong("count 1");
  }

  @Test
  void aTransactionOnTheWrongBranchIsFound() {
    put("a", "1", putted(2));
    add(swap("a", 2, "2"), new Result.TxnDone(2, false, List.of()));
    assertWrong("MOD(a)");
  }

  @Test
  void aWrongPreviousPairIsFound() {
    put("a", "1", putted(2));
    put(
        new Command.Put(key("a"), key("2"), 0, true, false, false),
        new Operation.Succeeded(new Result.Putted(3, kv("a", "0", 2, 2, 1))));
    assertWrong("before: a=0");
  }

  @Test
  void aWrongNumberOfDeletedKeysIsFound() {
    put("a", "1", putted(2));
    add(new Command.DeleteRange(KeyRange.all(), false), new Result.Deleted(3, 2, List.of()));
    assertWrong("deleted 2");
  }

  @Test
  void aWrongCountBesideTheRightPairsIsFound() {
    put("a", "1", putted(2));
    read(
        "a",
        new Operation.Succeeded(new Result.Ranged(2, List.of(kv("a", "1", 2, 2, 1)), false, 2)));
    assertWrong("count 2");
  }

  @Test
  void aPutOnALeaseThatEndedIsFound() {
    add(new Command.LeaseGrant(7, 10), new Result.LeaseGranted(1, 7, 10));
    add(new Command.LeaseRevoke(7), new Result.LeaseRevoked(1));
    put(new Command.Put(key("a"), key("x"), 7, false, false, false), putted(2));
    assertWrong("lease 7");
  }

  @Test
  void aRefusalForALeaseThatIsThereIsFound() {
    add(new Command.LeaseGrant(7, 10), new Result.LeaseGranted(1, 7, 10));
    put(
        new Command.Put(key("a"), key("x"), 7, false, false, false),
        new Operation.Refused(EtcdError.LEASE_NOT_FOUND));
    assertWrong("LEASE_NOT_FOUND");
  }

  @Test
  void aKeyThatOutlivesItsLeaseIsFound() {
    add(new Command.LeaseGrant(7, 10), new Result.LeaseGranted(1, 7, 10));
    put(new Command.Put(key("a"), key("x"), 7, false, false, false), putted(2));
    add(new Command.LeaseRevoke(7), new Result.LeaseRevoked(3));
    KeyValue alive = new KeyValue(key("a"), key("x"), 2, 2, 1, 7);
    read("a", ranged(3, alive));
    assertWrong("get a");
  }

  @Test
  void aReadOfCompactedRevisionsAndAFalseRefusalAreFound() {
    put("a", "1", putted(2));
    put("a", "2", putted(3));
    history.add(readAt("a", 2, ranged(3, kv("a", "1", 2, 2, 1))));
    assertRight();
    history.add(readAt("a", 2, new Operation.Refused(EtcdError.COMPACTED)));
    assertWrong("COMPACTED");
    history.remove(history.size() - 1);
    add(new Command.Compact(3, false), new Result.Compacted(3));
    history.add(readAt("a", 2, ranged(3, kv("a", "1", 2, 2, 1))));
    assertWrong("at 2");
  }

  @Test
  void aWrongReadOfThePastIsFound() {
    put("a", "1", putted(2));
    put("a", "2", putted(3));
    history.add(readAt("a", 2, ranged(3, kv("a", "2", 2, 3, 2))));
    assertWrong("at 2");
  }

  @Test
  void theVerdictIsUndecidedBeyondTheBound() {
    HistoryGenerator.Generated generated =
        HistoryGenerator.generate(1, HistoryGenerator.Shape.TYPICAL);
    Verdict verdict =
        Linearizability.check(
            generated.operations(), new Linearizability.Bound(50, Long.MAX_VALUE));
    assertThat(verdict.kind()).isEqualTo(Verdict.Kind.UNDECIDED);
    assertThat(verdict.explanation()).contains("undecided after");
  }

  // ---- against the plainest search there is

  /** Small histories, most of them damaged: every order is tried, without any cleverness. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void theVerdictOnSmallHistoriesIsThatOfTryingEveryOrder(long block) {
    int right = 0;
    int wrong = 0;
    for (long seed = block * 1_000; seed < block * 1_000 + 500; seed++) {
      Random random = new Random(seed);
      HistoryGenerator.Shape shape =
          new HistoryGenerator.Shape(3 + random.nextInt(6), 4, 2, 30, 35, random.nextInt(3) > 0);
      List<Operation> operations =
          new ArrayList<>(HistoryGenerator.generate(seed, shape).operations());
      for (int i = random.nextInt(3); i > 0; i--) {
        Damage.any(random, operations);
      }
      boolean expected = EveryOrder.explains(operations);
      Verdict verdict = Linearizability.check(operations);
      assertThat(verdict.isLinearizable())
          .as("seed %s: %s%n%s", seed, operations, verdict.explanation())
          .isEqualTo(expected);
      right += expected ? 1 : 0;
      wrong += expected ? 0 : 1;
    }
    assertThat(right).isGreaterThan(50);
    assertThat(wrong).isGreaterThan(50);
  }

  @Test
  void damageToALongHistoryIsFound() {
    int found = 0;
    for (long seed = 1; seed <= 200; seed++) {
      List<Operation> operations =
          new ArrayList<>(
              HistoryGenerator.generate(seed, HistoryGenerator.Shape.TYPICAL).operations());
      Damage.shiftRevision(new Random(seed), operations);
      Verdict verdict = Linearizability.check(operations);
      assertThat(verdict.kind()).as("seed %s", seed).isNotEqualTo(Verdict.Kind.UNDECIDED);
      found += verdict.isLinearizable() ? 0 : 1;
    }
    // A read can often be moved to a neighbouring revision that it might have seen as well.
    assertThat(found).isGreaterThan(100);
  }

  // ---- speed

  /** Nearly every operation is tried once: the search does not guess. */
  @Test
  void aThousandTypicalHistoriesTakeSeconds() {
    long begin = System.nanoTime();
    long steps = 0;
    for (long seed = 1; seed <= 1_000; seed++) {
      Verdict verdict =
          Linearizability.check(
              HistoryGenerator.generate(seed, HistoryGenerator.Shape.TYPICAL).operations());
      assertThat(verdict.isLinearizable()).as("seed %s: %s", seed, verdict.explanation()).isTrue();
      steps += verdict.steps();
    }
    assertThat(steps).isLessThan(450_000);
    assertThat(System.nanoTime() - begin).isLessThan(20_000_000_000L);
  }

  @Test
  void aLongHistoryTakesNoMoreThanItsLength() {
    HistoryGenerator.Shape shape = new HistoryGenerator.Shape(50_000, 10, 10, 1, 50, true);
    Verdict verdict = Linearizability.check(HistoryGenerator.generate(1, shape).operations());
    assertThat(verdict.isLinearizable()).as(verdict.explanation()).isTrue();
    assertThat(verdict.steps()).isLessThan(2_000_000);
  }

  // ---- writing histories

  private void assertRight() {
    assertThat(Linearizability.check(history).kind()).isEqualTo(Verdict.Kind.LINEARIZABLE);
  }

  private void assertWrong(String... named) {
    Verdict verdict = Linearizability.check(history);
    assertThat(verdict.kind()).isEqualTo(Verdict.Kind.VIOLATION);
    String blocked =
        verdict.explanation().substring(verdict.explanation().indexOf("none of these"));
    assertThat(blocked).contains(named);
  }

  private static Bytes key(String text) {
    return Bytes.utf8(text);
  }

  private static KeyValue kv(String key, String value, long create, long mod, long version) {
    return new KeyValue(key(key), key(value), create, mod, version, 0);
  }

  private static Command.Put put(String key, String value) {
    return Command.Put.of(key(key), key(value));
  }

  private static Result.Putted result(long revision) {
    return new Result.Putted(revision, null);
  }

  private static Operation.Outcome putted(long revision) {
    return new Operation.Succeeded(result(revision));
  }

  private static Operation.Outcome ranged(long revision, KeyValue... kvs) {
    return new Operation.Succeeded(new Result.Ranged(revision, List.of(kvs), false, kvs.length));
  }

  private static Command.Txn swap(String key, long mod, String value) {
    return new Command.Txn(
        List.of(
            new Command.Compare(
                KeyRange.single(key(key)),
                Command.CompareResult.EQUAL,
                Command.CompareTarget.MOD,
                mod,
                Bytes.EMPTY)),
        List.of(put(key, value)),
        List.of());
  }

  private static Operation.Outcome swapped(long revision) {
    return new Operation.Succeeded(new Result.TxnDone(revision, true, List.of(result(revision))));
  }

  private static Operation op(
      int client, long from, long to, Command command, Operation.Outcome outcome) {
    return Operation.command(client, from, to, command, outcome);
  }

  private static Operation read(
      int client, long from, long to, String key, Operation.Outcome outcome) {
    return Operation.read(client, from, to, Command.Range.of(KeyRange.single(key(key))), outcome);
  }

  private Operation readAt(String key, long revision, Operation.Outcome outcome) {
    Command.Range range =
        new Command.Range(
            KeyRange.single(key(key)),
            0,
            revision,
            Command.SortOrder.NONE,
            Command.SortTarget.KEY,
            false,
            false,
            false,
            0,
            0,
            0,
            0);
    return Operation.read(0, ++time, ++time, range, outcome);
  }

  /** The next one, after all before. */
  private void add(Command command, Result result) {
    history.add(op(0, ++time, ++time, command, new Operation.Succeeded(result)));
  }

  private void put(String key, String value, Operation.Outcome outcome) {
    put(put(key, value), outcome);
  }

  private void put(Command.Put put, Operation.Outcome outcome) {
    history.add(op(0, ++time, ++time, put, outcome));
  }

  private void read(String key, Operation.Outcome outcome) {
    history.add(read(0, ++time, ++time, key, outcome));
  }

  /** Things that go wrong with histories. */
  private static final class Damage {
    private Damage() {}

    static void any(Random random, List<Operation> operations) {
      int at = random.nextInt(operations.size());
      Operation old = operations.get(at);
      switch (random.nextInt(5)) {
        case 0 -> shiftRevision(random, operations);
        case 1 -> operations.set(at, with(old, NEVER_SENT));
        case 2 -> operations.set(at, with(old, UNKNOWN));
        case 3 -> {
          Operation other = operations.get(random.nextInt(operations.size()));
          operations.set(at, with(old, other.outcome()));
        }
        default -> {
          long shift = random.nextInt(60);
          operations.set(
              at,
              new Operation(
                  old.client(),
                  old.invoked() + shift,
                  old.returned() + shift,
                  old.request(),
                  old.outcome()));
        }
      }
    }

    static void shiftRevision(Random random, List<Operation> operations) {
      int from = random.nextInt(operations.size());
      for (int i = 0; i < operations.size(); i++) {
        int at = (from + i) % operations.size();
        Operation.Outcome shifted =
            shifted(operations.get(at).outcome(), random.nextBoolean() ? 1 : -1);
        if (shifted != null) {
          operations.set(at, with(operations.get(at), shifted));
          return;
        }
      }
    }

    private static Operation.@Nullable Outcome shifted(Operation.Outcome outcome, long by) {
      if (outcome instanceof Operation.Succeeded succeeded) {
        if (succeeded.result() instanceof Result.Ranged r) {
          return new Operation.Succeeded(
              new Result.Ranged(r.revision() + by, r.kvs(), r.more(), r.count()));
        } else if (succeeded.result() instanceof Result.Putted p) {
          return new Operation.Succeeded(new Result.Putted(p.revision() + by, p.prevKv()));
        }
      }
      return null;
    }

    private static Operation with(Operation old, Operation.Outcome outcome) {
      return new Operation(old.client(), old.invoked(), old.returned(), old.request(), outcome);
    }
  }

  /** Tries every order there is. */
  private static final class EveryOrder {
    private final StoreModel model = new StoreModel();
    private final List<Operation> open;

    private EveryOrder(List<Operation> operations) {
      open = new ArrayList<>(operations);
      open.removeIf(each -> !each.isAnswered() && !(each.outcome() instanceof Operation.Unknown));
    }

    static boolean explains(List<Operation> operations) {
      return new EveryOrder(operations).search();
    }

    private boolean search() {
      long firstReturn = Long.MAX_VALUE;
      boolean done = true;
      for (Operation each : open) {
        if (each.isAnswered()) {
          done = false;
          firstReturn = Math.min(firstReturn, each.returned());
        }
      }
      if (done) {
        return true;
      }
      for (int i = 0; i < open.size(); i++) {
        Operation next = open.get(i);
        if (next.invoked() > firstReturn) {
          continue;
        }
        int mark = model.mark();
        Object answer = model.apply(Linearizability.asked(next));
        boolean fits = !next.isAnswered() || answer.equals(answer(next));
        if (fits) {
          open.remove(i);
          boolean found = search();
          open.add(i, next);
          if (found) {
            return true;
          }
        }
        model.undo(mark);
      }
      return false;
    }

    private static Object answer(Operation operation) {
      if (operation.outcome() instanceof Operation.Succeeded succeeded) {
        return succeeded.result();
      }
      EtcdError error = ((Operation.Refused) operation.outcome()).error();
      if (error == null) {
        throw new IllegalStateException("not answered");
      }
      return error;
    }
  }
}
