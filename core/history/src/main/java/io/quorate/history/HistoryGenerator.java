package io.quorate.history;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.KeyRange;
import io.quorate.command.Result;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * Right histories by chance: clients that each ask one thing after another of one {@link
 * StoreModel}, which carries every request out at some moment of its time. Some answers are lost,
 * and what they would have told may happen much later or never. Deterministic by its seed.
 */
public final class HistoryGenerator {

  /**
   * The shape of a history.
   *
   * @param lostPercent requests whose answer does not come
   * @param readPercent of all requests
   * @param rich whether there are leases, compactions, reads of the past and nested transactions
   */
  public record Shape(
      int operations, int clients, int keys, int lostPercent, int readPercent, boolean rich) {
    /** What simulations typically record. */
    public static final Shape TYPICAL = new Shape(300, 8, 7, 5, 40, true);
  }

  /**
   * A history that is right by construction.
   *
   * @param operations by time of invocation
   * @param order those that had an effect or an answer, as they were carried out
   * @param changes every revision that came of it
   */
  public record Generated(List<Operation> operations, List<Operation> order, Changes changes) {}

  private record Asked(int client, long invoked, long effect, long returned, boolean lost) {}

  private final Random random;
  private final Shape shape;
  private final StoreModel model = new StoreModel();
  private long nextValue = 1;
  private long nextLease = 100;

  private HistoryGenerator(long seed, Shape shape) {
    this.random = new Random(seed);
    this.shape = shape;
  }

  public static Generated generate(long seed, Shape shape) {
    return new HistoryGenerator(seed, shape).run();
  }

  private Generated run() {
    PriorityQueue<Asked> pending = new PriorityQueue<>(Comparator.comparingLong(Asked::effect));
    long[] free = new long[shape.clients()];
    for (int i = 0; i < free.length; i++) {
      free[i] = random.nextInt(10);
    }
    for (int i = 0; i < shape.operations(); i++) {
      int client = earliest(free);
      long invoked = free[client] + random.nextInt(5);
      long effect = invoked + random.nextInt(20);
      long returned = effect + random.nextInt(20);
      boolean lost = random.nextInt(100) < shape.lostPercent();
      if (lost) {
        boolean late = random.nextInt(4) == 0;
        boolean never = random.nextInt(2) == 0;
        returned = invoked + 40;
        effect = never ? Long.MAX_VALUE : late ? invoked + random.nextInt(2_000) : effect;
      }
      free[client] = returned + 1;
      pending.add(new Asked(client, invoked, effect, returned, lost));
    }
    List<Operation> operations = new ArrayList<>();
    List<Operation> order = new ArrayList<>();
    while (!pending.isEmpty()) {
      Asked asked = pending.remove();
      Operation.Request request = request();
      Operation.Outcome outcome = new Operation.Unknown();
      if (asked.effect != Long.MAX_VALUE) {
        Object answer = model.apply(request);
        if (!asked.lost) {
          outcome =
              answer instanceof EtcdError error
                  ? new Operation.Refused(error)
                  : new Operation.Succeeded((Result) answer);
        }
      }
      Operation operation =
          new Operation(asked.client, asked.invoked, asked.returned, request, outcome);
      operations.add(operation);
      if (asked.effect != Long.MAX_VALUE) {
        order.add(operation);
      }
    }
    operations.sort(Comparator.comparingLong(Operation::invoked));
    return new Generated(operations, order, model.changes());
  }

  private static int earliest(long[] times) {
    int at = 0;
    for (int i = 1; i < times.length; i++) {
      if (times[i] < times[at]) {
        at = i;
      }
    }
    return at;
  }

  // ---- requests

  private Operation.Request request() {
    int dice = random.nextInt(100);
    if (dice < shape.readPercent()) {
      return new Operation.Read(range());
    }
    if (!shape.rich()) {
      int kind = random.nextInt(10);
      return new Operation.Do(kind < 6 ? put() : kind < 8 ? swap() : delete());
    }
    return new Operation.Do(
        switch (random.nextInt(20)) {
          case 0 -> new Command.Compact(random.nextLong(model.revision() + 2), false);
          case 1 -> new Command.LeaseGrant(random.nextInt(3) == 0 ? lease() : nextLease++, 10);
          case 2 -> new Command.LeaseRevoke(lease());
          case 3, 4 -> delete();
          case 5, 6, 7 -> swap();
          case 8, 9 -> txn(2);
          default -> put();
        });
  }

  private Command.Range range() {
    long revision =
        shape.rich() && random.nextInt(5) == 0 ? random.nextLong(model.revision() + 2) : 0;
    if (random.nextInt(2) == 0) {
      return new Command.Range(
          KeyRange.single(key()),
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
    }
    return new Command.Range(
        keys(),
        random.nextInt(4),
        revision,
        Command.SortOrder.values()[random.nextInt(3)],
        Command.SortTarget.values()[random.nextInt(5)],
        false,
        random.nextInt(5) == 0,
        random.nextInt(8) == 0,
        random.nextInt(6) == 0 ? random.nextLong(model.revision() + 1) : 0,
        0,
        0,
        random.nextInt(6) == 0 ? random.nextLong(model.revision() + 1) : 0);
  }

  private Command.Put put() {
    boolean leased = shape.rich() && random.nextInt(4) == 0;
    boolean keepsValue = shape.rich() && random.nextInt(12) == 0;
    boolean keepsLease = shape.rich() && !leased && random.nextInt(12) == 0;
    return new Command.Put(
        key(),
        keepsValue ? Bytes.EMPTY : value(),
        leased ? lease() : 0,
        random.nextInt(4) == 0,
        keepsValue,
        keepsLease);
  }

  private Command.DeleteRange delete() {
    return new Command.DeleteRange(
        random.nextInt(4) == 0 ? keys() : KeyRange.single(key()), random.nextBoolean());
  }

  /** Compare and swap, by what is there now, or was a moment ago. */
  private Command.Txn swap() {
    Bytes key = key();
    var pair = model.live(key, model.revision() - random.nextInt(3));
    Command.Compare compare =
        new Command.Compare(
            KeyRange.single(key),
            Command.CompareResult.EQUAL,
            Command.CompareTarget.MOD,
            pair == null ? 0 : pair.modRevision(),
            Bytes.EMPTY);
    return new Command.Txn(
        List.of(compare),
        List.of(Command.Put.of(key, value())),
        List.of(Command.Range.of(KeyRange.single(key))));
  }

  /** Two keys at once, with reads before and after, and one of itself inside. */
  private Command.Txn txn(int depth) {
    Bytes one = key(0);
    Bytes other = key(1 + random.nextInt(shape.keys() - 1));
    Command.Compare compare =
        new Command.Compare(
            KeyRange.single(random.nextBoolean() ? one : key()),
            Command.CompareResult.values()[random.nextInt(4)],
            Command.CompareTarget.values()[random.nextInt(5)],
            random.nextInt(4),
            value());
    List<Command.Op> success = new ArrayList<>();
    success.add(Command.Range.of(keys()));
    success.add(Command.Put.of(one, value()));
    success.add(Command.Put.of(other, value()));
    success.add(Command.Range.of(KeyRange.all()));
    List<Command.Op> failure = new ArrayList<>();
    failure.add(new Command.DeleteRange(KeyRange.single(other), true));
    if (depth > 1) {
      failure.add(txnOfOneKey(one));
    }
    return new Command.Txn(List.of(compare), success, failure);
  }

  private Command.Txn txnOfOneKey(Bytes key) {
    return new Command.Txn(List.of(), List.of(Command.Put.of(key, value())), List.of());
  }

  private long lease() {
    var leases = model.leases();
    if (leases.isEmpty() || random.nextInt(5) == 0) {
      return 90 + random.nextInt(20);
    }
    List<Long> ids = List.copyOf(leases);
    return ids.get(random.nextInt(ids.size()));
  }

  private Bytes key() {
    return key(random.nextInt(shape.keys()));
  }

  private static Bytes key(int number) {
    return Bytes.utf8("k" + (char) ('a' + number));
  }

  private KeyRange keys() {
    return random.nextInt(3) == 0
        ? KeyRange.all()
        : new KeyRange(key(), Bytes.utf8("k" + (char) ('a' + random.nextInt(shape.keys()))));
  }

  private Bytes value() {
    return Bytes.utf8("v" + nextValue++);
  }
}
