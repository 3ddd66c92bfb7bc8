package io.quorate.vertx.client;

import io.quorate.vertx.support.Contexts;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.concurrent.TimeUnit;

/** An event loop and its clock. Tests replace it. */
interface Loop {

  /** Runs {@code task} at once if the current thread is the loop's, otherwise later on the loop. */
  void execute(Runnable task);

  /** Nanoseconds of a monotonic clock. Any thread. */
  long nanoTime();

  /**
   * Runs {@code task} on the loop after at least {@code delayNanos}.
   *
   * @return cancels the task if it has not run yet
   */
  Runnable after(long delayNanos, Runnable task);

  /** Reports an exception that a user's handler has thrown. */
  void report(Throwable failure);

  /** The loop of a Vert.x context. */
  static Loop of(Vertx vertx, ContextInternal context) {
    return new Loop() {
      @Override
      public void execute(Runnable task) {
        Contexts.run(context, task);
      }

      @Override
      public long nanoTime() {
        return System.nanoTime();
      }

      @Override
      public Runnable after(long delayNanos, Runnable task) {
        long millis = TimeUnit.NANOSECONDS.toMillis(delayNanos + 999_999);
        long id = context.setTimer(Math.max(1, millis), fired -> task.run());
        return () -> vertx.cancelTimer(id);
      }

      @Override
      public void report(Throwable failure) {
        context.reportException(failure);
      }
    };
  }

  /** A new context on one of the event loops of {@code vertx}. */
  static Loop any(Vertx vertx) {
    return of(vertx, ((VertxInternal) vertx).createEventLoopContext());
  }
}
