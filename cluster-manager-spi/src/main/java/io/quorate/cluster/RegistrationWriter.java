package io.quorate.cluster;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.vertx.client.Compares;
import io.quorate.vertx.client.QuorateStore;
import io.vertx.core.Completable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Brings this node's registrations into the store, in the order of the calls: all that came in a
 * tick in transactions that leave together, the next ones when those are answered. Each write says
 * how a key of this node is to be, so it is repeated until it succeeds; the caller of a removal
 * does not wait for that longer than a second, since closing must not hang. {@link #add} and {@link
 * #remove} on any thread, the rest on {@link Home}.
 */
final class RegistrationWriter implements Life.Part {
  private static final int OPS_A_TXN = 100;
  private static final int TXNS_A_FLIGHT = 40;
  private static final int MAX_QUEUED = 200_000;
  private static final long ADD_MILLIS = 10_000;
  private static final long REMOVE_MILLIS = 1_000;
  private static final long RETRY_MILLIS = 100;
  private static final long LOOK_MILLIS = 100;

  private static final class Write {
    final Bytes key;
    final boolean add;
    final long deadlineNanos;
    @Nullable Completable<Void> promise;

    Write(Bytes key, boolean add, @Nullable Completable<Void> promise) {
      this.key = key;
      this.add = add;
      this.promise = promise;
      long millis = add ? ADD_MILLIS : REMOVE_MILLIS;
      this.deadlineNanos = System.nanoTime() + millis * 1_000_000;
    }
  }

  private record Follower(long asked, Runnable task) {}

  private final Home home;
  private final Bytes node;
  private final QuorateStore store;
  private final Life life;
  private final Visibility visibility;
  private final Arrivals<Write> arrivals;
  private final AtomicInteger size = new AtomicInteger();
  private final ArrayDeque<Write> queue = new ArrayDeque<>();
  private final Set<Write> underWay = new HashSet<>();
  private final ArrayDeque<Follower> followers = new ArrayDeque<>();
  private long asked;
  private long written;
  private int sessionsLost;
  private boolean looking;
  private boolean closed;

  /**
   * @param node this node's key
   */
  RegistrationWriter(Home home, Bytes node, QuorateStore store, Life life, Visibility visibility) {
    this.home = home;
    this.node = node;
    this.store = store;
    this.life = life;
    this.visibility = visibility;
    this.arrivals = new Arrivals<>(home, this::take, this::flush);
  }

  /** Completes when the other nodes can see it. */
  void add(Bytes key, @Nullable Completable<Void> promise) {
    enqueue(new Write(key, true, promise));
  }

  void remove(Bytes key, @Nullable Completable<Void> promise) {
    enqueue(new Write(key, false, promise));
  }

  private void enqueue(Write write) {
    if (size.incrementAndGet() > MAX_QUEUED && write.promise != null) {
      size.decrementAndGet();
      write.promise.fail("too many registrations wait to be written");
      return;
    }
    arrivals.add(write);
  }

  private void take(Write write) {
    asked++;
    queue.add(write);
  }

  /** Runs {@code task} once all that was asked for before has been written. */
  void afterAllAsked(Runnable task) {
    arrivals.take();
    followers.add(new Follower(asked, task));
    runFollowers();
  }

  private void runFollowers() {
    while (!followers.isEmpty()
        && (closed || underWay.isEmpty() && followers.peek().asked() <= written)) {
      followers.remove().task().run();
    }
  }

  private void flush() {
    if (closed) {
      letGo();
      return;
    }
    long lease = life.lease();
    if (!queue.isEmpty() && !looking) {
      looking = true;
      home.timer(LOOK_MILLIS, this::look);
    }
    if (lease == 0 || !underWay.isEmpty()) {
      return;
    }
    Set<Bytes> keys = new HashSet<>();
    List<List<Write>> flight = new ArrayList<>();
    while (!queue.isEmpty() && keys.add(queue.peek().key)) {
      List<Write> last = flight.isEmpty() ? List.of() : flight.get(flight.size() - 1);
      if (flight.isEmpty() || last.size() == OPS_A_TXN) {
        if (flight.size() == TXNS_A_FLIGHT) {
          break;
        }
        last = new ArrayList<>();
        flight.add(last);
      }
      last.add(queue.remove());
    }
    flight.forEach(underWay::addAll);
    flight.forEach(writes -> send(writes, lease));
  }

  /**
   * Without effect unless the node's key hangs on the same session: what was sent under an earlier
   * one, and comes late, must not bring a key back to that.
   */
  private void send(List<Write> writes, long lease) {
    int underSession = sessionsLost;
    Command.Compare sameSession = Compares.lease(node).isEqualTo(lease);
    List<Command.Op> ops = new ArrayList<>(writes.size());
    for (Write write : writes) {
      ops.add(
          write.add
              ? new Command.Put(write.key, Bytes.EMPTY, lease, false, false, false)
              : new Command.DeleteRange(KeyRange.single(write.key), false));
    }
    home.hear(
        store.txn(new Command.Txn(List.of(sameSession), ops, List.of())),
        (done, failure) -> {
          if (underSession != sessionsLost) {
            return;
          }
          writes.forEach(underWay::remove);
          if (done != null && done.succeeded()) {
            size.addAndGet(-writes.size());
            written += writes.size();
            written(writes, done.revision());
            runFollowers();
            flush();
          } else {
            for (int i = writes.size() - 1; i >= 0; i--) {
              queue.addFirst(writes.get(i));
            }
            home.timer(RETRY_MILLIS, this::flush);
          }
        });
  }

  private void written(List<Write> writes, long revision) {
    List<Completable<Void>> adders = new ArrayList<>();
    for (Write write : writes) {
      Completable<Void> promise = write.promise;
      write.promise = null;
      if (promise == null) {
        continue;
      }
      if (write.add) {
        adders.add(promise);
      } else {
        promise.succeed();
      }
    }
    if (!adders.isEmpty()) {
      visibility.await(
          revision, (nothing, failure) -> adders.forEach(promise -> promise.succeed()));
    }
  }

  /** Nobody waits for ever: looks for callers whose time is over. */
  private void look() {
    looking = false;
    long now = System.nanoTime();
    queue.forEach(write -> giveUpWaiting(write, now));
    underWay.forEach(write -> giveUpWaiting(write, now));
    if (!closed && !(queue.isEmpty() && underWay.isEmpty())) {
      looking = true;
      home.timer(LOOK_MILLIS, this::look);
    }
  }

  private static void giveUpWaiting(Write write, long now) {
    Completable<Void> promise = write.promise;
    if (promise != null && write.deadlineNanos < now) {
      write.promise = null;
      if (write.add) {
        promise.fail("the store did not take the registration in time");
      } else {
        promise.succeed();
      }
    }
  }

  @Override
  public void sessionBegun() {
    flush();
  }

  @Override
  public void sessionLost() {
    // the answer may be long in coming; all of it is written again under the next session
    sessionsLost++;
    underWay.forEach(queue::addFirst);
    underWay.clear();
  }

  /** What was not written need not be any more: the keys go with the session. */
  void close() {
    closed = true;
    letGo();
  }

  private void letGo() {
    List<Write> all = new ArrayList<>(queue);
    all.addAll(underWay);
    queue.clear();
    for (Write write : all) {
      Completable<Void> promise = write.promise;
      write.promise = null;
      if (promise != null) {
        promise.succeed();
      }
    }
    runFollowers();
  }
}
