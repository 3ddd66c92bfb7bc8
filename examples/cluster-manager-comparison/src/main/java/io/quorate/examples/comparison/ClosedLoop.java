package io.quorate.examples.comparison;

import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;

/**
 * Callers that ask again when they have their answer, without a pause between warm-up and rounds.
 *
 * <p>The first answer that fails ends it.
 */
final class ClosedLoop {
  /** Answers that were there at once, before the event loop is given to others. */
  private static final int AT_ONCE = 64;

  private static final long PATIENCE_SECONDS = 40;

  /** What a caller does over and over. */
  interface Call {
    /**
     * Called on the caller's event loop.
     *
     * @param n how many this caller has asked before
     */
    Future<?> ask(int caller, long n);
  }

  private final Call call;
  private final LongAdder answers = new LongAdder();
  private final CompletableFuture<Void> failure = new CompletableFuture<>();
  private final CountDownLatch leaving;
  private volatile boolean stopped;

  private ClosedLoop(int callers, Call call) {
    this.call = call;
    this.leaving = new CountDownLatch(callers);
  }

  /**
   * Runs on the calling thread until all rounds are over and every caller has its last answer.
   *
   * @param callers the event loops of each; a caller with several goes through them in turn
   * @param measuring called when the warm-up is over
   * @return answers a second, in each round
   * @throws ComparisonFailure if an answer fails or does not come
   */
  static List<Double> run(Plan plan, List<List<Context>> callers, Call call, Runnable measuring) {
    ClosedLoop load = new ClosedLoop(callers.size(), call);
    List<Double> rates = new ArrayList<>();
    try {
      for (int i = 0; i < callers.size(); i++) {
        load.new Caller(i, callers.get(i)).go();
      }
      load.pause(plan.warmUpNanos());
      measuring.run();
      for (int round = 0; round < plan.rounds(); round++) {
        long before = load.answers.sum();
        long begin = System.nanoTime();
        load.pause(plan.roundNanos());
        rates.add((load.answers.sum() - before) * 1e9 / (System.nanoTime() - begin));
      }
    } finally {
      load.stopped = true;
    }
    load.awaitLast();
    return rates;
  }

  static List<Double> run(Plan plan, List<List<Context>> callers, Call call) {
    return run(plan, callers, call, () -> {});
  }

  private void pause(long nanos) {
    try {
      failure.get(nanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return; // nothing failed
    } catch (ExecutionException e) {
      throw e.getCause() instanceof ComparisonFailure wrong
          ? wrong
          : new ComparisonFailure("an answer failed: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ComparisonFailure("interrupted", e);
    }
  }

  private void awaitLast() {
    try {
      if (!leaving.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new ComparisonFailure(
            leaving.getCount() + " callers had no answer for " + PATIENCE_SECONDS + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ComparisonFailure("interrupted", e);
    }
    pause(0);
  }

  private final class Caller {
    private final int number;
    private final List<Context> contexts;
    private long asked;

    Caller(int number, List<Context> contexts) {
      this.number = number;
      this.contexts = contexts;
    }

    void go() {
      Context context = contexts.get((int) (asked % contexts.size()));
      if (Vertx.currentContext() == context) {
        ask();
      } else {
        context.runOnContext(v -> ask());
      }
    }

    private void ask() {
      for (int atOnce = 0; atOnce < AT_ONCE; atOnce++) {
        if (stopped) {
          leaving.countDown();
          return;
        }
        Future<?> answer;
        try {
          answer = call.ask(number, asked++);
        } catch (RuntimeException e) {
          answer = Future.failedFuture(e);
        }
        if (!answer.isComplete() || contexts.size() > 1) {
          answer.onComplete(this::answered);
          return;
        }
        if (!isGood(answer)) {
          return;
        }
      }
      contexts.get(0).runOnContext(v -> ask());
    }

    private void answered(AsyncResult<?> answer) {
      if (isGood(answer)) {
        go();
      }
    }

    private boolean isGood(AsyncResult<?> answer) {
      if (answer.succeeded()) {
        answers.increment();
        return true;
      }
      failure.completeExceptionally(answer.cause());
      leaving.countDown();
      return false;
    }
  }
}
