package io.quorate.vertx.process;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Waits for what can only be asked for. */
public final class Await {
  /** Much longer than anything takes on a machine that has other things to do as well. */
  public static final Duration LONG = Duration.ofSeconds(60);

  private static final long PAUSE_NANOS = 20_000_000;

  private Await() {}

  /**
   * Asks until there is an answer.
   *
   * @param question null, or a failure, for not yet
   * @throws AssertionError if there is none within {@link #LONG}
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
