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
 * Generates the clients' requests: few keys, so that clients affect each other; values that are
 * written only once; leases, some of which expire. Used on the event loop of the clients.
 */
final class RequestGenerator {
  /**
   * Prefix of keys that are attached to a lease and never deleted by a request; {@link Judgement}
   * relies on it.
   */
  static final String LEASED = "lease/";

  private static final int LEASES_IN_USE = 4;

  /** A request of a client. */
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

  RequestGenerator(Random random) {
    this.random = random;
    keys = 2 + pick(6);
    preference(6, this::put);
    preference(2, this::delete);
    preference(4, () -> new Request.Read(range(false)));
    preference(3, () -> new Request.Read(range(true)));
    preference(4, this::compareAndPut);
    preference(2, this::transaction);
    preference(1, this::compact);
    preference(2, () -> new Request.Write(new Command.LeaseGrant(nextLease++, 1 + pick(4))));
    preference(4, this::leasedPut);
    preference(3, () -> new Request.KeepAlive(someLease()));
    preference(1, () -> new Request.Write(new Command.LeaseRevoke(someLease())));
  }

  /** Each run prefers some requests, and sends all kinds. */
  private void preference(int usual, Supplier<Request> preference) {
    for (int i = 1 + pick(2 * usual); i > 0; i--) {
      habits.add(preference);
    }
  }

  private int pick(int bound) {
    return random.nextInt(bound);
  }

  Request next() {
    return habits.get(pick(habits.size())).get();
  }

  /** Records that an answer had this revision. */
  void answered(long revision) {
    newest = Math.max(newest, revision);
  }

  /** Records that a watcher of all keys has received all revisions up to this one. */
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

  /** Never the range of all keys. */
  KeyRange watchedKeys() {
    return pick(4) == 0 ? new KeyRange(Bytes.utf8("f"), Bytes.utf8("z")) : ordinaryKeys();
  }

  private Bytes value() {
    return Bytes.utf8("v" + nextValue++);
  }

  private long someLease() {
    return Math.max(1, nextLease - 1 - pick(LEASES_IN_USE));
  }

  /** A revision close to the newest known one, before or after it. */
  long someRevision() {
    return Math.max(1, newest + pick(40) - 30);
  }

  // ---- requests

  private Request put() {
    return new Request.Write(new Put(key(), value(), 0, pick(2) == 0, false, false));
  }

  /** A put with a lease, to a key of its own or to a shared one. */
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

  /** A put if the key does not exist, or if it is still as it was read. */
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

  /** Puts each key at most once, since a transaction with two is refused. */
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

  /** Compacts only revisions that a watcher has received, so that all written data is known. */
  private Request compact() {
    return new Request.Write(new Command.Compact(Math.max(1, collected - pick(30)), pick(2) == 0));
  }
}
