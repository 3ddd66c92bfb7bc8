package io.quorate.vertx.support;

import io.vertx.core.Handler;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The handlers, the demand and the undelivered items of a read stream. Items are delivered in order
 * while there is a handler and demand. A failure ends the stream after the last item, and only once
 * a handler is set. The owner bounds the number of items. Used on one event loop.
 */
public final class Delivery<T> {
  private final Consumer<Throwable> report;
  private final Runnable onDelivered;
  private final Runnable onFailed;
  private final Deque<T> pending = new ArrayDeque<>();
  private @Nullable Handler<T> handler;
  private @Nullable Handler<Throwable> exceptionHandler;
  private @Nullable Handler<Void> endHandler;
  private long demand = Long.MAX_VALUE;
  private boolean delivering;
  private @Nullable Throwable failure;
  private boolean ended;

  /**
   * @param report gets the exceptions that handlers throw
   * @param onDelivered called after each attempt to deliver, unless the stream has ended
   * @param onFailed called once when a failure ends the stream, before its handlers
   */
  public Delivery(Consumer<Throwable> report, Runnable onDelivered, Runnable onFailed) {
    this.report = report;
    this.onDelivered = onDelivered;
    this.onFailed = onFailed;
  }

  /**
   * The argument of {@link #fetch}, to be checked on the caller's thread.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public static long checkedAmount(long amount) {
    if (amount < 0) {
      throw new IllegalArgumentException("amount " + amount);
    }
    return amount;
  }

  public void handler(@Nullable Handler<T> handler) {
    this.handler = handler;
    deliver();
  }

  public void exceptionHandler(@Nullable Handler<Throwable> exceptionHandler) {
    this.exceptionHandler = exceptionHandler;
  }

  public void endHandler(@Nullable Handler<Void> endHandler) {
    this.endHandler = endHandler;
  }

  public void pause() {
    demand = 0;
  }

  public void fetch(long amount) {
    demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
    deliver();
  }

  /** Whether an item would be delivered at once. */
  public boolean hasDemand() {
    return handler != null && demand > 0 && pending.isEmpty();
  }

  public int pendingCount() {
    return pending.size();
  }

  /** The newest undelivered item; null if there is none. */
  public @Nullable T last() {
    return pending.peekLast();
  }

  public void add(T item) {
    pending.add(item);
    deliver();
  }

  /** As {@link #add}, in place of the newest undelivered item if there is one. */
  public void replaceLast(T item) {
    pending.pollLast();
    add(item);
  }

  /** Ends the stream with {@code cause} after the items that are there. */
  public void fail(Throwable cause) {
    failure = cause;
    deliver();
  }

  /** Ends the stream at once, without calling a handler. */
  public void end() {
    ended = true;
    pending.clear();
  }

  public boolean hasFailed() {
    return failure != null;
  }

  public boolean hasEnded() {
    return ended;
  }

  private void deliver() {
    if (delivering) {
      return;
    }
    delivering = true;
    Handler<T> to;
    while (!ended && demand > 0 && (to = handler) != null && !pending.isEmpty()) {
      if (demand != Long.MAX_VALUE) {
        demand--;
      }
      call(to, pending.remove());
    }
    delivering = false;
    if (ended) {
      return;
    }
    onDelivered.run();
    Throwable cause = failure;
    if (cause != null && pending.isEmpty() && handler != null) {
      end();
      onFailed.run();
      call(exceptionHandler, cause);
      callEnd(endHandler);
    }
  }

  /** An exception of a handler must not reach the code that has added the item. */
  private <V> void call(@Nullable Handler<V> to, V value) {
    if (to != null) {
      try {
        to.handle(value);
      } catch (RuntimeException | Error e) {
        report.accept(e);
      }
    }
  }

  @SuppressWarnings("NullAway") // null is the only value of Void
  private void callEnd(@Nullable Handler<Void> to) {
    call(to, null);
  }
}
