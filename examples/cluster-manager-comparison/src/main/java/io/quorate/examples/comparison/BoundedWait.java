package io.quorate.examples.comparison;

import io.vertx.core.Future;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** For the thread that runs the program; never for an event loop. */
final class BoundedWait {
  private static final long PATIENCE_SECONDS = 120;
  private static final long STEP_NANOS = 500_000;

  private BoundedWait() {}

  /**
   * What the future holds.
   *
   * @throws ComparisonFailure if it fails, or is not complete after two minutes
   */
  static <T> T await(String what, Future<T> future) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new ComparisonFailure(what + ": " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new ComparisonFailure(what + ": not within " + PATIENCE_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ComparisonFailure(what + ": interrupted", e);
    }
  }

  /**
   * Returns when it is so.
   *
   * @throws ComparisonFailure if it is not after two minutes
   */
  static void until(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0 || Thread.currentThread().isInterrupted()) {
        throw new ComparisonFailure(what + ": not within " + PATIENCE_SECONDS + " s");
      }
      LockSupport.parkNanos(STEP_NANOS);
    }
  }
}
