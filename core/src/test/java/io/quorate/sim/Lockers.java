package io.quorate.sim;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.Command.Compare;
import io.quorate.command.Command.CompareResult;
import io.quorate.command.Command.CompareTarget;
import io.quorate.command.Command.DeleteRange;
import io.quorate.command.Command.Put;
import io.quorate.command.Command.Range;
import io.quorate.command.Command.SortOrder;
import io.quorate.command.Command.SortTarget;
import io.quorate.command.Command.Txn;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.command.WatchResponse;
import io.quorate.command.WatchSpec;
import io.quorate.history.Changes;
import io.quorate.history.LockHistory;
import io.quorate.history.Operation;
import io.quorate.history.Violation;
import io.quorate.node.LeaseReply;
import io.quorate.sim.Clients.Asked;
import io.quorate.sim.Clients.Request;
import io.quorate.watch.WatchSink;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Clients that take locks by etcd's recipe: a key of one's own under the lock's prefix, on a lease;
 * the oldest key holds; the others wait until the one before theirs is gone. What a holder writes
 * compares the create revision of its key. Some are careless: they do not renew their lease, or
 * write on after they were told that it is gone, which must then come to nothing.
 */
final class Lockers {
  private static final int LOCKS = 2;
  private static final int MOST_WAIT_TICKS = 60;

  private enum Phase {
    IDLE,
    GRANT,
    ENQUEUE,
    LOOK,
    WAIT,
    HOLD,
    LEAVE
  }

  private final SimWorld world;
  private final Clients clients;
  private final List<Locker> lockers = new ArrayList<>();
  private final List<List<LockHistory.Held>> holds = new ArrayList<>();
  private final List<LockHistory.Gone> gone = new ArrayList<>();
  private int guardedWrites;

  Lockers(SimWorld world, Clients clients) {
    this.world = world;
    this.clients = clients;
    for (int i = 0; i < LOCKS; i++) {
      holds.add(new ArrayList<>());
    }
    for (int i = pick(5); i > 0; i--) {
      lockers.add(new Locker());
    }
  }

  private int pick(int bound) {
    return world.random.nextInt(bound);
  }

  /** How often somebody was told to hold a lock. */
  int held() {
    return holds.stream().mapToInt(List::size).sum();
  }

  /** Writes under the protection of a lock that were answered. */
  int guardedWrites() {
    return guardedWrites;
  }

  void tick() {
    lockers.forEach(Locker::tick);
  }

  /** What is broken in what they were told. */
  List<Violation> check(Changes changes, List<Operation> history) {
    List<Violation> violations = new ArrayList<>();
    for (int lock = 0; lock < LOCKS; lock++) {
      violations.addAll(LockHistory.check(prefix(lock), changes, holds.get(lock), gone, history));
    }
    return violations;
  }

  private static KeyRange prefix(int lock) {
    return KeyRange.prefix(SimWorld.bytes("lock/" + lock + "/"));
  }

  /** Hears that the key before one's own is gone, or that it will hear nothing any more. */
  private final class Sentinel implements WatchSink {
    final SimWorld.Life life;
    boolean woken;
    long goneAt;

    Sentinel(SimWorld.Life life, Bytes key, long revision) {
      this.life = life;
      life.node.withWatches(
          hub ->
              hub.open(this)
                  .create(
                      new WatchSpec(
                          0,
                          KeyRange.single(key),
                          revision + 1,
                          true,
                          false,
                          false,
                          false,
                          false)));
    }

    @Override
    public void send(WatchResponse response) {
      if (response instanceof WatchResponse.Events events) {
        goneAt = events.events().get(0).kv().modRevision();
        woken = true;
      }
      woken |= response instanceof WatchResponse.Canceled;
    }

    @Override
    public boolean isFull() {
      return false;
    }
  }

  private final class Locker {
    private int number = clients.newNumber();
    private SimWorld.@Nullable Life life;
    private @Nullable Asked asked;
    private int patienceTicks;
    private Phase phase = Phase.IDLE;
    private int lock;
    private long lease;
    private Bytes key = Bytes.EMPTY;
    private long token;
    private boolean careless;
    private int writesLeft;
    private long waitUntil;
    private long knownGoneAt;
    private @Nullable Sentinel sentinel;

    void tick() {
      Asked last = asked;
      if (last != null) {
        if (last.ask().done()) {
          asked = null;
          hear(last);
        } else if (last.ask().life.dead || patienceTicks-- <= 0) {
          asked = null;
          number = clients.newNumber(); // what it asked for may still happen
          life = null;
          unheard();
        }
      } else if (pick(3) > 0) {
        act();
      }
    }

    private void ask(Request request) {
      SimWorld.Life at = life;
      if (at == null || at.dead || pick(12) == 0) {
        List<SimWorld.Life> running = world.lives.values().stream().filter(l -> !l.dead).toList();
        if (running.isEmpty()) {
          return;
        }
        at = running.get(pick(running.size()));
        life = at;
      }
      patienceTicks = 5 + pick(60);
      asked = clients.ask(number, at, request);
    }

    private void write(Command command) {
      ask(new Request.Write(command));
    }

    private void act() {
      switch (phase) {
        case IDLE -> {
          if (pick(8) == 0) {
            lock = pick(LOCKS);
            lease = clients.newLease();
            key = SimWorld.bytes("lock/" + lock + "/" + lease);
            token = 0;
            knownGoneAt = 0;
            careless = pick(4) == 0;
            writesLeft = 1 + pick(6);
            phase = Phase.GRANT;
            write(new Command.LeaseGrant(lease, 1 + pick(4)));
          }
        }
        case GRANT -> phase = Phase.IDLE; // it could not even be asked for
        case ENQUEUE ->
            write(
                new Txn(
                    List.of(created(0)),
                    List.of(new Put(key, clients.value(), lease, false, false, false), queue()),
                    List.of(queue())));
        case LOOK -> ask(new Request.Read(queue()));
        case WAIT -> await();
        case HOLD -> hold();
        case LEAVE -> leave();
      }
    }

    private Compare created(long revision) {
      return new Compare(
          KeyRange.single(key), CompareResult.EQUAL, CompareTarget.CREATE, revision, Bytes.EMPTY);
    }

    private Range queue() {
      return new Range(
          prefix(lock), 0, 0, SortOrder.ASCEND, SortTarget.CREATE, false, false, false, 0, 0, 0, 0);
    }

    private void await() {
      Sentinel s = sentinel;
      boolean look = s == null ? pick(5) == 0 : s.woken || s.life.dead || world.now > waitUntil;
      if (look) {
        knownGoneAt = s == null ? 0 : s.goneAt;
        sentinel = null;
        phase = Phase.LOOK;
      } else if (!careless && pick(4) == 0) {
        ask(new Request.KeepAlive(lease));
      }
    }

    private void hold() {
      int next = pick(8);
      if (next == 0 && !careless) {
        ask(new Request.KeepAlive(lease));
      } else if (next == 1) {
        phase = Phase.LOOK; // still?
      } else if (next < 5) {
        if (writesLeft-- > 0) {
          writeGuarded();
        } else {
          phase = Phase.LEAVE;
        }
      }
    }

    private void writeGuarded() {
      Bytes data = SimWorld.bytes("data/" + lock);
      write(new Txn(List.of(created(token)), List.of(Put.of(data, clients.value())), List.of()));
    }

    private void leave() {
      switch (pick(4)) {
        case 0 -> phase = Phase.IDLE; // by its lease's end
        case 1 -> write(new Command.LeaseRevoke(lease));
        default -> write(new DeleteRange(KeyRange.single(key), false));
      }
    }

    /** No answer came; what was asked for can be asked for once more. */
    private void unheard() {
      if (phase == Phase.GRANT) {
        phase = Phase.IDLE;
      }
    }

    private void hear(Asked last) {
      Object result = last.ask().result;
      if (result instanceof LeaseReply reply) {
        if (reply.ttlSeconds() == 0) {
          isGone(last);
        }
      } else if (result instanceof Result.LeaseGranted) {
        phase = Phase.ENQUEUE;
      } else if (result instanceof Result.Ranged ranged) {
        look(last, ranged.revision(), ranged.kvs());
      } else if (result instanceof Result.TxnDone done && phase == Phase.ENQUEUE) {
        Object queue = done.responses().get(done.responses().size() - 1);
        look(last, done.revision(), ((Result.Ranged) queue).kvs());
      } else if (result instanceof Result.TxnDone done) {
        guardedWrites++;
        if (!done.succeeded()) {
          isGone(last);
        }
      } else if (result instanceof Result.LeaseRevoked || result instanceof Result.Deleted) {
        isGone(last);
      } else if (phase == Phase.GRANT || phase == Phase.ENQUEUE && pick(4) == 0) {
        phase = Phase.IDLE; // the lease has ended, or too much is going on
      } else if (phase == Phase.LEAVE && pick(4) == 0) {
        phase = Phase.IDLE;
      }
    }

    /** The careless write on, which must come to nothing. */
    private void isGone(Asked last) {
      if (token != 0) {
        gone.add(new LockHistory.Gone(key, token, last.ask().answeredStep));
      }
      if (token != 0 && pick(2) == 0 && writesLeft > -3) {
        writesLeft = Math.min(writesLeft, 0) - 1;
        phase = Phase.HOLD;
        writeGuarded();
      } else {
        phase = Phase.IDLE;
      }
    }

    private void look(Asked last, long revision, List<KeyValue> kvs) {
      if (revision < knownGoneAt) {
        world.violated(
            "a watch told of revision " + knownGoneAt + ", and then a read showed " + revision);
      }
      int own = 0;
      while (own < kvs.size() && !kvs.get(own).key().equals(key)) {
        own++;
      }
      if (own == kvs.size() || token != 0 && kvs.get(own).createRevision() != token) {
        isGone(last);
        return;
      }
      token = kvs.get(own).createRevision();
      if (own == 0) {
        phase = Phase.HOLD;
        holds
            .get(lock)
            .add(
                new LockHistory.Held(
                    number, key, token, revision, last.ask().askedStep, last.ask().answeredStep));
        return;
      }
      phase = Phase.WAIT;
      waitUntil = world.now + MOST_WAIT_TICKS;
      SimWorld.Life at = last.ask().life;
      if (!at.dead && pick(3) > 0) {
        sentinel = new Sentinel(at, kvs.get(own - 1).key(), revision);
      }
    }
  }
}
