package io.quorate.vertx.member.grpc;

import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/**
 * The deadlines of all calls of one server: a wheel of slots of {@value #TICK_MILLIS} ms, driven by
 * one timer that only runs while there are deadlines. A deadline fires up to two ticks late; the
 * client keeps the exact time itself. Adding and removing cost a few field writes, since Go clients
 * send a deadline with every call and very few of these pass.
 *
 * <p>Used on one event loop only.
 */
final class Deadlines {
  static final long TICK_MILLIS = 50;
  private static final int SLOTS = 256;
  private static final long MAX_TIMEOUT_MILLIS = 100L * 365 * 24 * 3_600_000;
  private static final long NONE = -1;

  /** A call with a deadline, linked into the list of its slot. */
  abstract static class Timed {
    private @Nullable Timed previous;
    private @Nullable Timed next;
    private long expiryTick = NONE;

    /**
     * Called when the deadline has passed; the deadline has already been removed from the wheel.
     */
    abstract void deadlinePassed();
  }

  private final Vertx vertx;
  private final @Nullable Timed[] slots = new @Nullable Timed[SLOTS];
  private long tick;
  private int size;
  private long timer = NONE;

  Deadlines(Vertx vertx) {
    this.vertx = vertx;
  }

  void add(Timed timed, long timeoutMillis) {
    long now = now();
    if (timer == NONE) {
      tick = now;
      timer = vertx.setPeriodic(TICK_MILLIS, id -> advance());
    }
    timed.expiryTick = tickOf(System.nanoTime() + nanos(timeoutMillis)) + 1;
    int slot = slot(timed.expiryTick);
    Timed head = slots[slot];
    timed.next = head;
    if (head != null) {
      head.previous = timed;
    }
    slots[slot] = timed;
    size++;
  }

  /** Does nothing if it has no deadline. */
  void remove(Timed timed) {
    if (timed.expiryTick == NONE) {
      return;
    }
    Timed previous = timed.previous;
    Timed next = timed.next;
    if (previous == null) {
      slots[slot(timed.expiryTick)] = next;
    } else {
      previous.next = next;
    }
    if (next != null) {
      next.previous = previous;
    }
    timed.previous = null;
    timed.next = null;
    timed.expiryTick = NONE;
    size--;
  }

  int size() {
    return size;
  }

  void close() {
    if (timer != NONE) {
      vertx.cancelTimer(timer);
      timer = NONE;
    }
  }

  /** Looks at each slot at most once, even if the event loop was blocked for many ticks. */
  private void advance() {
    long now = now();
    long from = Math.max(tick + 1, now - SLOTS + 1);
    for (long t = from; t <= now; t++) {
      expire(slot(t), now);
    }
    tick = Math.max(tick, now);
    if (size == 0) {
      close();
    }
  }

  private void expire(int slot, long now) {
    Timed timed = slots[slot];
    while (timed != null) {
      Timed next = timed.next;
      if (timed.expiryTick <= now) {
        remove(timed);
        timed.deadlinePassed();
      }
      timed = next;
    }
  }

  private static int slot(long tick) {
    return (int) (tick & (SLOTS - 1));
  }

  private static long now() {
    return tickOf(System.nanoTime());
  }

  private static long tickOf(long nanoTime) {
    return Math.floorDiv(nanoTime, TICK_MILLIS * 1_000_000);
  }

  /** Bounded at a century, so that sums cannot overflow. */
  private static long nanos(long millis) {
    return Math.min(millis, MAX_TIMEOUT_MILLIS) * 1_000_000;
  }
}
