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
 * Writes this node's registrations to the store, in the order of the calls: those of one tick in
 * transactions that are sent together, the next ones when these are answered. Each write sets the
 * final state of a key, so it is repeated until it succeeds; the caller of a removal waits for a
 * second at most, since closing must not hang. {@link #add} and {@link #remove} on any thread, the
 * rest on {@link ManagerContext}.
 */
final class RegistrationWriter implements NodeSession.Listener {
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

  private final ManagerContext context;
  private final Bytes node;
  private final QuorateStore store;
  private final NodeSession nodeSession;
  private final Visibility visibility;
  private final ContextQueue<Write> queued;
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
  RegistrationWriter(
      ManagerContext context,
      Bytes node,
      QuorateStore store,
      NodeSession nodeSession,
      Visibility visibility) {
    this.context = context;
    this.node = node;
    this.store = store;
    this.nodeSession = nodeSession;
    this.visibility = visibility;
    this.queued = new ContextQueue<>(context, this::take, this::flush);
  }

  /** Completes when the other nodes see the registration. */
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
    queued.add(write);
  }

  private void take(Write write) {
    asked++;
    queue.add(write);
  }

  /** Runs {@code task} once everything requested before has been written. */
  void afterAllAsked(Runnable task) {
    queued.take();
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
    long lease = nodeSession.lease();
    if (!queue.isEmpty() && !looking) {
      looking = true;
      context.timer(LOOK_MILLIS, this::look);
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
   * Conditional on the session of the node's key: a transaction of an earlier session that is
   * executed late must not attach a key to that session.
   */
  private void send(List<Write> writes, long lease) {
    int underSession = sessionsLost;
    Command.Compare sameSession = Compares.lease(node).isEqualTo(lease);
    List<Command.Op> ops = new ArrayList<>(writes.size());
    for (Write write : writes) {
      ops.add(
          write.add
              ? Command.Put.of(write.key, Bytes.EMPTY).onLease(lease)
              : new Command.DeleteRange(KeyRange.single(write.key), false));
    }
    context.onComplete(
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
            context.timer(RETRY_MILLIS, this::flush);
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

  /** Completes or fails callers whose deadline has passed. */
  private void look() {
    looking = false;
    long now = System.nanoTime();
    queue.forEach(write -> giveUpWaiting(write, now));
    underWay.forEach(write -> giveUpWaiting(write, now));
    if (!closed && !(queue.isEmpty() && underWay.isEmpty())) {
      looking = true;
      context.timer(LOOK_MILLIS, this::look);
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
    // answers may take long; everything is written again under the next session
    sessionsLost++;
    underWay.forEach(queue::addFirst);
    underWay.clear();
  }

  /** Nothing more is written: the keys are deleted with the session. */
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
