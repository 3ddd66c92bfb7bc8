package io.quorate.cluster.connection;

import io.vertx.core.Future;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * A time limit for one operation of several steps, which can also be canceled. For a thread that
 * may block.
 */
final class Deadline {
  private final long deadlineNanos;
  private final CompletableFuture<Void> canceled;
  private String step = "opening";

  /**
   * @param canceled completes when the operation is canceled
   */
  Deadline(long millis, CompletableFuture<Void> canceled) {
    this.deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    this.canceled = canceled;
  }

  /** This deadline, or a later one if less than {@code millis} are left. */
  Deadline atLeast(long millis) {
    return leftMillis() >= millis ? this : new Deadline(millis, canceled);
  }

  /** Names the present step, in words that continue "while ". */
  void step(String step) {
    this.step = step;
  }

  /** The present step. */
  String step() {
    return step;
  }

  long leftMillis() {
    return Math.max(0, TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime()));
  }

  boolean isOver() {
    return deadlineNanos - System.nanoTime() <= 0;
  }

  /**
   * The result of {@code future}.
   *
   * @throws TimeoutException if the deadline passes
   * @throws CancellationException if the operation is canceled
   */
  <T> T await(Future<T> future) throws ExecutionException, InterruptedException, TimeoutException {
    CompletableFuture<T> result = future.toCompletionStage().toCompletableFuture();
    CompletableFuture.anyOf(result.handle((r, e) -> 0), canceled)
        .get(Math.max(1, leftMillis()), TimeUnit.MILLISECONDS);
    if (!result.isDone()) {
      throw new CancellationException("closed meanwhile");
    }
    return result.get();
  }

  /**
   * Waits for a resource that is being opened, also after cancellation, so that the caller can
   * close it. A resource that arrives after the deadline is closed.
   */
  <T> T opened(Future<T> opening, Consumer<T> close)
      throws ExecutionException, InterruptedException, TimeoutException {
    try {
      return new Deadline(leftMillis(), new CompletableFuture<>()).await(opening);
    } catch (InterruptedException | TimeoutException e) {
      opening.onSuccess(close::accept);
      throw e;
    }
  }

  /** Waits for {@code millis}, or less if the deadline passes or the operation is canceled. */
  void pause(long millis) throws InterruptedException, ExecutionException {
    try {
      canceled.get(Math.min(millis, Math.max(1, leftMillis())), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return; // the pause is over
    }
    throw new CancellationException("closed meanwhile");
  }
}
