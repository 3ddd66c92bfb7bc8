package io.quorate.vertx.client;

import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.concurrent.TimeUnit;

/** The one thread that something lives on, and the time it sees. */
interface Loop {

  /** At once if this is the thread, otherwise later. */
  void execute(Runnable task);

  /** Monotonic. Any thread. */
  long nanoTime();

  /**
   * Runs {@code task} there after at least {@code delayNanos}.
   *
   * @return takes it back, if it has not run yet
   */
  Runnable after(long delayNanos, Runnable task);

  /** A failure of somebody else's handler. */
  void report(Throwable failure);

  /** A context of Vert.x. */
  static Loop of(Vertx vertx, ContextInternal context) {
    return new Loop() {
      @Override
      public void execute(Runnable task) {
        if (context.isRunningOnContext()) {
          task.run();
        } else {
          context.runOnContext(v -> task.run());
        }
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

  /** An event loop of {@code vertx}, chosen by it. */
  static Loop any(Vertx vertx) {
    return of(vertx, ((VertxInternal) vertx).createEventLoopContext());
  }
}
