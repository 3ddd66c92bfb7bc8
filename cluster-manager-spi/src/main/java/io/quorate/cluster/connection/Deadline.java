package io.quorate.cluster.connection;

import io.vertx.core.Future;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * How long one thing may take altogether, and whether anybody still wants it. For a thread that may
 * block.
 */
final class Patience {
  private final long deadlineNanos;
  private final CompletableFuture<Void> given;
  private String step = "opening";

  /**
   * @param given up once this is complete
   */
  Patience(long millis, CompletableFuture<Void> given) {
    this.deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    this.given = given;
  }

  /** The same with no less than {@code millis} left. */
  Patience atLeast(long millis) {
    return leftMillis() >= millis ? this : new Patience(millis, given);
  }

  /** What is done from now on, in words that go on after "while". */
  void step(String step) {
    this.step = step;
  }

  /** What was being done when time was over. */
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
   * @throws TimeoutException time is over
   * @throws CancellationException nobody wants it any more
   */
  <T> T await(Future<T> future) throws ExecutionException, InterruptedException, TimeoutException {
    CompletableFuture<T> result = future.toCompletionStage().toCompletableFuture();
    CompletableFuture.anyOf(result.handle((r, e) -> 0), given)
        .get(Math.max(1, leftMillis()), TimeUnit.MILLISECONDS);
    if (!result.isDone()) {
      throw new CancellationException("closed meanwhile");
    }
    return result.get();
  }

  /**
   * The result of something that leaves a thing open: waited for even if nobody wants it any more,
   * so that whoever closes finds it; and closed if it comes when time is over.
   */
  <T> T opened(Future<T> opening, Consumer<T> close)
      throws ExecutionException, InterruptedException, TimeoutException {
    try {
      return new Patience(leftMillis(), new CompletableFuture<>()).await(opening);
    } catch (InterruptedException | TimeoutException e) {
      opening.onSuccess(close::accept);
      throw e;
    }
  }

  /** Lets a moment pass, less if time is over or nobody wants to wait any more. */
  void pause(long millis) throws InterruptedException, ExecutionException {
    try {
      given.get(Math.min(millis, Math.max(1, leftMillis())), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return; // as usual
    }
    throw new CancellationException("closed meanwhile");
  }
}
