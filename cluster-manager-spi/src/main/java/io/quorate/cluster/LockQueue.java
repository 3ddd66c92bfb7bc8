package io.quorate.cluster;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.Event;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.vertx.client.WatchBatch;
import io.quorate.vertx.client.WatchOptions;
import io.quorate.vertx.client.WatchStream;
import io.vertx.core.Completable;
import io.vertx.core.VertxException;
import io.vertx.core.shareddata.Lock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One lock. A node that wants it puts a key, its place, under the lock's prefix; the place with the
 * oldest create revision holds the lock. So places are served in order, and a place whose session
 * has ended is skipped.
 *
 * <p>All callers of this node share one place. The lock is passed between them without a request to
 * the store, {@link #MAX_IN_A_ROW} times or for {@link #MAX_HELD_MILLIS}; then the place is
 * released and a new one taken, behind those of other nodes. {@link ManagerContext} only.
 */
final class LockQueue {
  private static final int MAX_IN_A_ROW = 32;
  private static final long MAX_HELD_MILLIS = 50;
  private static final long RETRY_MILLIS = 100;
  private static final long GRACE_MILLIS = 1_000;

  private enum State {
    /** No known place. */
    OUT,
    /** The place is being put. */
    ENTERING,
    /** The place is behind others. */
    QUEUED,
    /** The place is the first: this node holds the lock. */
    FIRST
  }

  private static final class Waiter {
    final Completable<Lock> promise;
    final long timeoutMillis;
    long timer = -1;

    /** Its timeout has passed, and the store is being asked which place holds the lock. */
    boolean overdue;

    Waiter(Completable<Lock> promise, long timeoutMillis) {
      this.promise = promise;
      this.timeoutMillis = timeoutMillis;
    }
  }

  private final Locks locks;
  private final String name;
  private final KeyRange range;
  private final ArrayDeque<Waiter> waiters = new ArrayDeque<>();
  private State state = State.OUT;
  private @Nullable Bytes place;
  private long lease;
  private final Set<Bytes> ahead = new HashSet<>();
  private @Nullable WatchStream watch;
  private @Nullable Held holder;
  private boolean looking;
  private int inARow;
  private long firstSinceNanos;

  LockQueue(Locks locks, String name) {
    this.locks = locks;
    this.name = name;
    this.range = locks.keys.lock(name);
  }

  String name() {
    return name;
  }

  /** The application's handle of the held lock; any thread. */
  private final class Held implements Lock {
    private final AtomicBoolean released = new AtomicBoolean();

    @Override
    public void release() {
      if (released.compareAndSet(false, true)) {
        locks.context.run(() -> LockQueue.this.release(this));
      }
    }
  }

  // ---- waiting

  void acquire(long timeoutMillis, Completable<Lock> promise) {
    Waiter waiter = new Waiter(promise, timeoutMillis);
    waiters.add(waiter);
    locks.waits(1);
    if (timeoutMillis != Long.MAX_VALUE) {
      waiter.timer = locks.context.timer(timeoutMillis, () -> timedOut(waiter));
    }
    if (state == State.OUT) {
      enter();
    }
  }

  /**
   * The timeout has passed. Only the store knows whether the lock was free by then, so a pending
   * answer is awaited for {@value #GRACE_MILLIS} ms.
   */
  private void timedOut(Waiter waiter) {
    waiter.overdue = true;
    if (state == State.ENTERING || state == State.QUEUED) {
      waiter.timer = locks.context.timer(GRACE_MILLIS, this::failOverdue);
      look();
    } else {
      failOverdue();
    }
  }

  /** Short timeouts start here: they are meant for the lock, not for the request to the store. */
  private void restartShortTimers() {
    for (Waiter waiter : waiters) {
      if (waiter.timeoutMillis < GRACE_MILLIS) {
        locks.context.cancel(waiter.timer);
        waiter.overdue = false;
        waiter.timer = locks.context.timer(waiter.timeoutMillis, () -> timedOut(waiter));
      }
    }
  }

  /** Asks the store which place is first. */
  private void look() {
    if (looking || state != State.QUEUED || waiters.stream().noneMatch(w -> w.overdue)) {
      return;
    }
    looking = true;
    locks.context.onComplete(
        locks.client.store().range(places(1)),
        (ranged, failure) -> {
          looking = false;
          if (ranged != null
              && state == State.QUEUED
              && !ranged.kvs().isEmpty()
              && Objects.equals(place, ranged.kvs().get(0).key())) {
            first();
          } else {
            failOverdue();
          }
        });
  }

  /** Oldest first. */
  private Command.Range places(long limit) {
    return Command.Range.of(range)
        .withLimit(limit)
        .sortedBy(Command.SortTarget.CREATE, Command.SortOrder.ASCEND)
        .withKeysOnly(true);
  }

  private void failOverdue() {
    for (Waiter waiter : List.copyOf(waiters)) {
      if (waiter.overdue) {
        waiters.remove(waiter);
        locks.context.cancel(waiter.timer);
        locks.waits(-1);
        String why = locks.nodeSession.isActive() ? "" : ": this node is not in the cluster";
        waiter.promise.fail(
            new VertxException("Timed out waiting to get lock " + name + why, true));
      }
    }
    if (waiters.isEmpty() && state == State.QUEUED) {
      leave();
    } else if (waiters.isEmpty() && state == State.OUT) {
      locks.idle(this);
    }
  }

  private @Nullable Waiter next() {
    Waiter waiter = waiters.poll();
    if (waiter != null) {
      locks.waits(-1);
      if (waiter.timer >= 0) {
        locks.context.cancel(waiter.timer);
      }
    }
    return waiter;
  }

  // ---- places

  /** Takes a place, and releases the former one in the same revision. */
  private void enter() {
    long session = locks.nodeSession.lease();
    Bytes old = place;
    if (session == 0 || locks.isClosed()) {
      out();
      return; // retried by sessionBegun()
    }
    Bytes taken = locks.newPlace(name);
    state = State.ENTERING;
    place = taken;
    lease = session;
    List<Command.Op> ops = new ArrayList<>(3);
    if (old != null) {
      ops.add(new Command.DeleteRange(KeyRange.single(old), false));
    }
    ops.add(Command.Put.of(taken, Bytes.EMPTY).onLease(session));
    ops.add(places(0));
    locks.context.onComplete(
        locks.client.store().txn(new Command.Txn(List.of(), ops, List.of())),
        (done, failure) -> {
          if (done == null) {
            notEntered(old, taken, session);
          } else if (Objects.equals(place, taken) && state == State.ENTERING) {
            if (old != null) {
              locks.gone(old);
            }
            entered(taken, done);
          } else {
            locks.giveUpUnknown(taken, session); // the session it was for is lost
          }
        });
  }

  /** The request failed, but may have been executed. */
  private void notEntered(@Nullable Bytes old, Bytes taken, long session) {
    locks.giveUpUnknown(taken, session);
    if (old != null) {
      locks.giveUpUnknown(old, session);
    }
    if (Objects.equals(place, taken) && state == State.ENTERING) {
      out();
      failOverdue();
      if (!waiters.isEmpty()) {
        locks.context.timer(
            RETRY_MILLIS,
            () -> {
              if (state == State.OUT && !waiters.isEmpty()) {
                enter();
              }
            });
      }
    }
  }

  private void entered(Bytes taken, Result.TxnDone done) {
    Result.Ranged all = (Result.Ranged) done.responses().get(done.responses().size() - 1);
    for (KeyValue kv : all.kvs()) {
      if (kv.key().equals(taken)) {
        break;
      }
      ahead.add(kv.key());
    }
    if (ahead.isEmpty()) {
      first();
    } else if (waiters.isEmpty()) {
      leave();
    } else {
      state = State.QUEUED;
      watch(done.revision());
      restartShortTimers();
      look();
    }
  }

  private void watch(long revision) {
    WatchStream opened =
        locks.client.watch(new WatchOptions(range, revision + 1, false, true, false));
    watch = opened;
    opened.exceptionHandler(
        failure ->
            locks.context.run(
                () -> {
                  if (watch == opened) {
                    unwatch();
                    enter(); // too far behind: to the end of the queue
                  }
                }));
    opened.handler(batch -> locks.context.run(() -> take(opened, batch)));
  }

  private void take(WatchStream from, WatchBatch batch) {
    if (watch != from || state != State.QUEUED) {
      return;
    }
    for (Event event : batch.events()) {
      Bytes gone = event.kv().key();
      ahead.remove(gone);
      if (Objects.equals(place, gone)) {
        out(); // deleted, as when the session has ended
        enter();
        return;
      }
    }
    if (ahead.isEmpty()) {
      first();
    }
  }

  private void unwatch() {
    WatchStream open = watch;
    watch = null;
    ahead.clear();
    if (open != null) {
      open.close();
    }
  }

  // ---- having the lock

  private void first() {
    unwatch();
    state = State.FIRST;
    inARow = 0;
    firstSinceNanos = System.nanoTime();
    handOver();
    failOverdue();
  }

  private void handOver() {
    if (locks.nodeSession.lease() != lease) {
      out();
      return;
    }
    Waiter waiter = next();
    if (waiter == null) {
      leave();
      return;
    }
    inARow++;
    Held held = new Held();
    holder = held;
    waiter.promise.succeed(held);
  }

  private void release(Held released) {
    if (holder != released) {
      return; // lost with its session
    }
    holder = null;
    boolean turnIsOver =
        inARow >= MAX_IN_A_ROW || System.nanoTime() - firstSinceNanos > MAX_HELD_MILLIS * 1_000_000;
    if (turnIsOver && !waiters.isEmpty()) {
      enter();
    } else {
      handOver();
    }
  }

  private void leave() {
    Bytes given = place;
    long session = lease;
    out();
    if (given != null) {
      locks.giveUp(given, session);
    }
    if (!waiters.isEmpty()) {
      enter();
    }
  }

  private void out() {
    unwatch();
    state = State.OUT;
    place = null;
    holder = null;
    if (waiters.isEmpty()) {
      locks.idle(this);
    }
  }

  // ---- the session

  void sessionLost() {
    out();
  }

  void sessionBegun() {
    if (state == State.OUT && !waiters.isEmpty()) {
      enter();
    }
  }

  void close() {
    unwatch();
    state = State.OUT;
    place = null;
    holder = null;
    Waiter waiter;
    while ((waiter = next()) != null) {
      waiter.promise.fail("this node has left the cluster");
    }
  }
}
