package io.quorate.vertx.testing;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Waits for conditions, by polling, and for futures. */
public final class Await {
  /** Much longer than any wait takes, even on a busy machine. */
  public static final Duration LONG = Duration.ofSeconds(60);

  private static final long WAIT_SECONDS = 30;
  private static final long PAUSE_NANOS = 20_000_000;

  private Await() {}

  /** The result of the future. Throws its failure. */
  public static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError("no answer", e);
    }
  }

  /**
   * Polls until there is an answer.
   *
   * @param question returns null or throws for "not yet"
   * @throws AssertionError if there is no answer within {@link #LONG}
   */
  public static <T> T until(String what, Callable<@Nullable T> question) {
    return until(what, LONG, question);
  }

  public static <T> T until(String what, Duration bound, Callable<@Nullable T> question) {
    long end = System.nanoTime() + bound.toNanos();
    Throwable last = null;
    while (System.nanoTime() < end) {
      try {
        T answer = question.call();
        if (answer != null) {
          return answer;
        }
      } catch (Exception | AssertionError e) {
        last = e;
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    throw new AssertionError("not within " + bound.toSeconds() + " s: " + what, last);
  }

  public static void untilTrue(String what, Callable<Boolean> question) {
    untilTrue(what, LONG, question);
  }

  public static void untilTrue(String what, Duration bound, Callable<Boolean> question) {
    Boolean unused = until(what, bound, () -> question.call() ? Boolean.TRUE : null);
  }
}
