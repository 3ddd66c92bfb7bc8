package io.quorate.sim;

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
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyRange;
import io.quorate.command.Result;
import io.quorate.mvcc.KvStore;
import io.quorate.node.Callback;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Clients that ask one thing after the other, each of a member that it changes now and then, and
 * remember what they asked and heard. What they like to ask is drawn for the run.
 */
final class Clients {

  /** What was asked: of the log, of the store, or of the leader about a lease. */
  sealed interface Request {
    record Write(Command command) implements Request {}

    record Read(Range range) implements Request {}

    record KeepAlive(long lease) implements Request {}
  }

  /**
   * @param client no two requests of one client overlap
   */
  record Asked(int client, long member, Request request, SimWorld.Ask<?> ask) {}

  private static final class Client {
    int number;
    long member;
    @Nullable Asked last;
    int patienceTicks;

    Client(int number) {
      this.number = number;
    }
  }

  private final SimWorld world;
  private final List<Client> clients = new ArrayList<>();
  private final List<Asked> asked = new ArrayList<>();
  private final List<Supplier<Request>> habits = new ArrayList<>();
  private final int keys;
  private final int onceIn;
  private int nextNumber;
  private int nextValue;
  private long nextLease = 1;

  Clients(SimWorld world) {
    this.world = world;
    keys = 1 + pick(6);
    onceIn = 1 + pick(4);
    for (int i = 1 + pick(7); i > 0; i--) {
      clients.add(new Client(nextNumber++));
    }
    habit(6, this::put);
    habit(2, this::delete);
    habit(4, () -> new Request.Read(range(false)));
    habit(3, () -> new Request.Read(range(true)));
    habit(4, this::compareAndPut);
    habit(2, this::transaction);
    habit(1, this::compact);
    habit(2, () -> new Request.Write(new Command.LeaseGrant(newLease(), 1 + pick(6))));
    habit(2, this::leasedPut);
    habit(2, () -> new Request.KeepAlive(someLease()));
    habit(1, () -> new Request.Write(new Command.LeaseRevoke(someLease())));
  }

  private void habit(int usual, Supplier<Request> habit) {
    for (int i = pick(2 * usual + 1); i > 0; i--) {
      habits.add(habit);
    }
    if (usual >= 4) {
      habits.add(habit);
    }
  }

  List<Asked> asked() {
    return asked;
  }

  private int pick(int bound) {
    return world.random.nextInt(bound);
  }

  /** Once a tick: those who have their answer, or no patience left, perhaps ask again. */
  void tick() {
    for (Client client : clients) {
      Asked last = client.last;
      if (last != null && !last.ask.done()) {
        if (!last.ask.life.dead && client.patienceTicks-- > 0) {
          continue;
        }
        client.number = nextNumber++; // what it asked for may still happen
        client.member = 0;
      }
      client.last = null;
      if (pick(onceIn) == 0) {
        ask(client);
      }
    }
  }

  private void ask(Client client) {
    SimWorld.Life life = world.lives.get(client.member);
    if (life == null || life.dead || pick(12) == 0) {
      List<SimWorld.Life> running = world.lives.values().stream().filter(l -> !l.dead).toList();
      if (running.isEmpty()) {
        return;
      }
      life = running.get(pick(running.size()));
      client.member = life.id;
    }
    client.patienceTicks = 5 + pick(100);
    client.last = ask(client.number, life, habits.get(pick(habits.size())).get());
  }

  /** A new client puts something under a key that nobody else uses. */
  Asked askAlone(SimWorld.Life life, String value) {
    return ask(
        nextNumber++,
        life,
        new Request.Write(Put.of(SimWorld.bytes("fresh"), SimWorld.bytes(value))));
  }

  /** A number that no client has had. */
  int newNumber() {
    return nextNumber++;
  }

  /** An id that no lease has had. */
  long newLease() {
    return nextLease++;
  }

  /** Asks, and remembers it. */
  Asked ask(int client, SimWorld.Life life, Request request) {
    Asked next;
    if (request instanceof Request.Write write) {
      next = new Asked(client, life.id, request, world.propose(life.id, write.command));
    } else if (request instanceof Request.Read read) {
      next = new Asked(client, life.id, request, read(life, read.range));
    } else {
      long lease = ((Request.KeepAlive) request).lease;
      next = new Asked(client, life.id, request, world.keepAlive(life.id, lease));
    }
    asked.add(next);
    world.trace.tell(() -> world.when() + " client " + client + ": " + next.ask.describe());
    return next;
  }

  private SimWorld.Ask<Result> read(SimWorld.Life life, Range range) {
    SimWorld.Ask<Result> ask = world.new Ask<>(life, range.toString());
    if (range.serializable()) {
      if (!life.paused) {
        readNow(life, range, ask);
      }
      return ask;
    }
    life.node.readIndex(
        new Callback<>() {
          @Override
          public void complete(Long index) {
            readNow(life, range, ask);
          }

          @Override
          public void fail(EtcdError error) {
            ask.fail(error);
          }
        });
    return ask;
  }

  /** As the edges do: a store that a snapshot has replaced meanwhile is asked for anew. */
  private static void readNow(SimWorld.Life life, Range range, SimWorld.Ask<Result> ask) {
    while (true) {
      KvStore kv = life.node.kv();
      Result.Ranged ranged;
      try {
        ranged = kv.range(range);
      } catch (EtcdException e) {
        ask.fail(e.error());
        return;
      }
      if (!kv.retired()) {
        ask.complete(ranged);
        return;
      }
      if (kv == life.node.kv()) {
        ask.fail(EtcdError.STOPPED); // its successor is not there yet
        return;
      }
    }
  }

  // ---- what to ask for

  private Bytes key() {
    return SimWorld.bytes("k" + pick(keys));
  }

  KeyRange keys() {
    return switch (pick(4)) {
      case 0 -> KeyRange.all();
      case 1 -> new KeyRange(key(), SimWorld.bytes("l"));
      default -> KeyRange.single(key());
    };
  }

  /** What nobody has written before. */
  Bytes value() {
    return SimWorld.bytes("v" + nextValue++);
  }

  private long someLease() {
    return Math.max(1, nextLease - 1 - pick(4));
  }

  /** Near what was last known, before and behind it. */
  long someRevision() {
    return Math.max(1, newest() + pick(30) - 20);
  }

  private long newest() {
    long newest = 1;
    for (int i = asked.size() - 1; i >= 0 && i > asked.size() - 20; i--) {
      if (asked.get(i).ask.result instanceof Result.Putted putted) {
        newest = Math.max(newest, putted.revision());
      }
    }
    return newest;
  }

  private Request put() {
    return new Request.Write(new Put(key(), value(), 0, pick(2) == 0, false, false));
  }

  private Request leasedPut() {
    return new Request.Write(new Put(key(), value(), someLease(), pick(2) == 0, false, false));
  }

  private Request delete() {
    return new Request.Write(new DeleteRange(keys(), pick(2) == 0));
  }

  private Range range(boolean serializable) {
    long revision = pick(4) == 0 ? someRevision() : 0;
    SortOrder order = SortOrder.values()[pick(3)];
    SortTarget target = SortTarget.values()[pick(5)];
    return new Range(
        keys(),
        pick(3) == 0 ? 1 + pick(3) : 0,
        revision,
        order,
        target,
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
            : compare(key, CompareResult.EQUAL, CompareTarget.MOD, newest());
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
      Bytes key = SimWorld.bytes("k" + (from + i) % keys);
      ops.add(
          switch (pick(4)) {
            case 0 -> new DeleteRange(KeyRange.single(key), true);
            case 1 -> Range.of(keys());
            default -> Put.of(key, value());
          });
    }
    return ops;
  }

  private Request compact() {
    return new Request.Write(new Command.Compact(Math.max(1, newest() - pick(10)), false));
  }
}
