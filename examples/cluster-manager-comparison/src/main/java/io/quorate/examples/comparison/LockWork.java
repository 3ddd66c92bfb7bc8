package io.quorate.examples.comparison;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.shareddata.Lock;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Acquire, release, and again. A release has no answer in Vert.x: what it costs is in the time of
 * the next acquisition.
 */
final class LockWork {
  private static final int FREE_CALLERS = 64;
  private static final int CONTENDERS = 12;
  private static final long TIMEOUT_MILLIS = 30_000;

  private LockWork() {}

  /** Each caller has a lock that nobody else wants. */
  static List<Measured> free(Trio trio, Plan plan) {
    AtomicIntegerArray inside = new AtomicIntegerArray(FREE_CALLERS);
    List<Double> rates =
        ClosedLoop.run(
            plan,
            trio.callers(FREE_CALLERS),
            (caller, n) ->
                acquire(trio, caller, "compared-free-" + caller)
                    .map(
                        lock -> {
                          enter(inside.incrementAndGet(caller));
                          inside.decrementAndGet(caller);
                          lock.release();
                          return null;
                        }));
    return List.of(Measured.ofRounds(Figure.LOCK_FREE, rates));
  }

  /** One caller, on another node each time, each node with a lock of its own. */
  static List<Measured> one(Trio trio, Plan plan) {
    List<Double> rates =
        ClosedLoop.run(
            plan,
            trio.roamer(),
            (caller, n) ->
                acquire(trio, n, "compared-one-" + n % Trio.SIZE)
                    .map(
                        lock -> {
                          lock.release();
                          return null;
                        }));
    return List.of(Measured.ofRounds(Figure.LOCK_ONE, rates));
  }

  /** All want the same, four on each node; whoever has it gives it back in the next turn. */
  static List<Measured> contended(Trio trio, Plan plan) {
    AtomicInteger inside = new AtomicInteger();
    List<Double> rates =
        ClosedLoop.run(
            plan,
            trio.callers(CONTENDERS),
            (caller, n) ->
                acquire(trio, caller, "compared-contended")
                    .compose(lock -> hold(trio, caller, inside, lock)));
    return List.of(Measured.ofRounds(Figure.LOCK_CONTENDED, rates));
  }

  private static Future<Lock> acquire(Trio trio, long node, String name) {
    return trio.node(node).sharedData().getLockWithTimeout(name, TIMEOUT_MILLIS);
  }

  private static Future<Void> hold(Trio trio, int node, AtomicInteger inside, Lock lock) {
    enter(inside.incrementAndGet());
    Promise<Void> released = Promise.promise();
    trio.node(node)
        .runOnContext(
            v -> {
              inside.decrementAndGet();
              lock.release();
              released.complete();
            });
    return released.future();
  }

  private static void enter(int inside) {
    if (inside != 1) {
      throw new ComparisonFailure("lock: " + inside + " hold it at once");
    }
  }
}
