package io.quorate.vertx.server.robustness;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.Command.Compare;
import io.quorate.command.Command.CompareResult;
import io.quorate.command.Command.CompareTarget;
import io.quorate.command.Command.DeleteRange;
import io.quorate.command.Command.Op;
import io.quorate.command.Command.Put;
import io.quorate.command.Command.Range;
import io.quorate.command.Command.SortOrder;
import io.quorate.command.Command.SortTarget;
import io.quorate.command.Command.Txn;
import io.quorate.command.KeyRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/**
 * What clients ask for: a few keys, so that they meet; values that are written once only; leases
 * that some let run out. On the event loop of the clients.
 */
final class Requests {
  /** Keys that hang on a lease and that no delete speaks of begin so; {@link Judgement} uses it. */
  static final String LEASED = "lease/";

  private static final int LEASES_IN_USE = 4;

  /** What one client asks. */
  sealed interface Request {
    record Write(Command command) implements Request {}

    record Read(Range range) implements Request {}

    record KeepAlive(long lease) implements Request {}
  }

  private final Random random;
  private final List<Supplier<Request>> habits = new ArrayList<>();
  private final int keys;
  private int nextValue;
  private long nextLease = 1;
  private long newest = 1;
  private long collected;

  Requests(Random random) {
    this.random = random;
    keys = 2 + pick(6);
    habit(6, this::put);
    habit(2, this::delete);
    habit(4, () -> new Request.Read(range(false)));
    habit(3, () -> new Request.Read(range(true)));
    habit(4, this::compareAndPut);
    habit(2, this::transaction);
    habit(1, this::compact);
    habit(2, () -> new Request.Write(new Command.LeaseGrant(nextLease++, 1 + pick(4))));
    habit(4, this::leasedPut);
    habit(3, () -> new Request.KeepAlive(someLease()));
    habit(1, () -> new Request.Write(new Command.LeaseRevoke(someLease())));
  }

  /** Each run likes some things more than others, and does everything. */
  private void habit(int usual, Supplier<Request> habit) {
    for (int i = 1 + pick(2 * usual); i > 0; i--) {
      habits.add(habit);
    }
  }

  private int pick(int bound) {
    return random.nextInt(bound);
  }

  Request next() {
    return habits.get(pick(habits.size())).get();
  }

  /** An answer had this revision. */
  void answered(long revision) {
    newest = Math.max(newest, revision);
  }

  /** All up to this revision has been told to one who sees everything. */
  void saw(long revision) {
    collected = Math.max(collected, revision);
    answered(revision);
  }

  Put fresh() {
    return Put.of(Bytes.utf8("fresh"), value());
  }

  // ---- keys

  private Bytes key() {
    return Bytes.utf8("k" + pick(keys));
  }

  private KeyRange ordinaryKeys() {
    return switch (pick(4)) {
      case 0 -> KeyRange.prefix(Bytes.utf8("k"));
      case 1 -> new KeyRange(key(), Bytes.utf8("l"));
      default -> KeyRange.single(key());
    };
  }

  /** Never simply everything. */
  KeyRange watchedKeys() {
    return pick(4) == 0 ? new KeyRange(Bytes.utf8("f"), Bytes.utf8("z")) : ordinaryKeys();
  }

  private Bytes value() {
    return Bytes.utf8("v" + nextValue++);
  }

  private long someLease() {
    return Math.max(1, nextLease - 1 - pick(LEASES_IN_USE));
  }

  /** Near what was last known, before and behind it. */
  long someRevision() {
    return Math.max(1, newest + pick(40) - 30);
  }

  // ---- requests

  private Request put() {
    return new Request.Write(new Put(key(), value(), 0, pick(2) == 0, false, false));
  }

  /** On a key of its own, or one that others write as well. */
  private Request leasedPut() {
    long lease = someLease();
    Bytes key = pick(2) == 0 ? key() : Bytes.utf8(LEASED + lease + "/" + pick(2));
    return new Request.Write(new Put(key, value(), lease, pick(2) == 0, false, false));
  }

  private Request delete() {
    return new Request.Write(new DeleteRange(ordinaryKeys(), pick(2) == 0));
  }

  private Range range(boolean serializable) {
    return new Range(
        pick(4) == 0 ? KeyRange.prefix(Bytes.utf8(LEASED)) : ordinaryKeys(),
        pick(3) == 0 ? 1 + pick(3) : 0,
        pick(4) == 0 ? someRevision() : 0,
        SortOrder.values()[pick(3)],
        SortTarget.values()[pick(5)],
        serializable,
        pick(8) == 0,
        pick(8) == 0,
        pick(8) == 0 ? someRevision() : 0,
        0,
        0,
        pick(8) == 0 ? someRevision() : 0);
  }

  /** Once only, or if it is still as it was seen. */
  private Request compareAndPut() {
    Bytes key = key();
    Compare compare =
        pick(2) == 0
            ? compare(key, CompareResult.EQUAL, CompareTarget.CREATE, 0)
            : compare(key, CompareResult.LESS, CompareTarget.MOD, newest);
    return new Request.Write(
        new Txn(
            List.of(compare),
            List.of(Put.of(key, value())),
            List.of(Range.of(KeyRange.single(key)))));
  }

  private static Compare compare(
      Bytes key, CompareResult result, CompareTarget target, long number) {
    return new Compare(KeyRange.single(key), result, target, number, Bytes.EMPTY);
  }

  private Request transaction() {
    Compare compare =
        compare(
            key(),
            CompareResult.values()[pick(4)],
            pick(2) == 0 ? CompareTarget.VERSION : CompareTarget.LEASE,
            pick(4));
    return new Request.Write(new Txn(List.of(compare), branch(), branch()));
  }

  /** No key is written twice, which would be refused. */
  private List<Op> branch() {
    List<Op> ops = new ArrayList<>();
    int from = pick(keys);
    for (int i = 0; i < Math.min(keys, 1 + pick(3)); i++) {
      Bytes key = Bytes.utf8("k" + (from + i) % keys);
      ops.add(
          switch (pick(4)) {
            case 0 -> new DeleteRange(KeyRange.single(key), true);
            case 1 -> Range.of(ordinaryKeys());
            default -> Put.of(key, value());
          });
    }
    return ops;
  }

  /** Only what somebody has seen, so that it is known what was written. */
  private Request compact() {
    return new Request.Write(new Command.Compact(Math.max(1, collected - pick(30)), pick(2) == 0));
  }
}
