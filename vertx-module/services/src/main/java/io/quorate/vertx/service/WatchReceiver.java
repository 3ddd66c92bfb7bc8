package io.quorate.vertx.service;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.core.streams.ReadStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The changes of a range of keys: each exactly once, in order, in whole revisions. If the serving
 * instance is gone, ends the watch or loses a delivery, the watch continues at another instance,
 * after the last revision received.
 *
 * <p>Handlers are called on one context. While paused, it buffers at most as many deliveries as the
 * request grants; the service holds back the rest and reads it from history later.
 *
 * <p>If the watch cannot be started, or undelivered changes have been compacted, the exception
 * handler is called and the stream ends. In the second case the failure is {@code COMPACTED}, with
 * {@code compactRevision} in its debug information.
 */
public final class WatchReceiver implements ReadStream<WatchDelivery> {
  private static final long NONE = -1;
  private static final long MIN_PAUSE_MILLIS = 50;
  private static final long MAX_PAUSE_MILLIS = 2_000;
  private static final int MAX_DOUBLINGS = 6;
  private static final long PATIENCE_MILLIS = 1_000;

  private final Vertx vertx;
  private final ContextInternal context;
  private final WatchService service;
  private final WatchRequest request;
  private final String address;
  private final Promise<Long> started;
  private final Deque<Taken> pending = new ArrayDeque<>();

  private @Nullable MessageConsumer<JsonObject> consumer;
  private @Nullable WatchStarted watch;
  private long nextRevision;
  private long sequence;
  private int failures;
  private boolean beginning;
  private long timer = NONE;

  private @Nullable Handler<WatchDelivery> handler;
  private @Nullable Handler<Throwable> exceptionHandler;
  private @Nullable Handler<Void> endHandler;
  private long demand = Long.MAX_VALUE;
  private boolean delivering;
  private @Nullable Throwable failure;
  private boolean over;

  /** A delivery that has been neither handled nor replied to. */
  private record Taken(WatchDelivery delivery, Message<JsonObject> message, long sinceNanos) {}

  WatchReceiver(
      Vertx vertx,
      ContextInternal context,
      WatchService service,
      String addressPrefix,
      WatchRequest request) {
    this.vertx = vertx;
    this.context = context;
    this.service = service;
    this.address = addressPrefix + ".watcher." + UUID.randomUUID();
    this.request = new WatchRequest(request).setAddress(address);
    this.nextRevision = Math.max(0, request.getStartRevision());
    this.started = context.promise();
  }

  void start() {
    context.runOnContext(
        v -> {
          if (over) {
            return;
          }
          MessageConsumer<JsonObject> opened = vertx.eventBus().consumer(address);
          consumer = opened;
          opened.handler(this::heard);
          opened
              .completion()
              .onComplete(
                  (registered, failed) -> {
                    if (failed != null) {
                      fail(failed);
                    } else {
                      begin();
                    }
                  });
        });
  }

  // ---- the watch

  private void begin() {
    if (over || failure != null || beginning) {
      return;
    }
    cancelTimer();
    forget();
    beginning = true;
    service
        .watch(new WatchRequest(request).setStartRevision(nextRevision))
        .onComplete(
            (begun, failed) -> {
              beginning = false;
              if (over || failure != null) {
                if (begun != null) {
                  cancel(begun);
                }
              } else if (begun != null) {
                begun(begun);
              } else if (failed != null) {
                refused(failed);
              }
            });
  }

  private void begun(WatchStarted begun) {
    watch = begun;
    sequence = 0;
    failures = 0;
    if (nextRevision == 0) {
      nextRevision = begun.getRevision() + 1;
    }
    started.tryComplete(begun.getRevision());
    lookOut();
  }

  private void refused(Throwable failed) {
    if (!started.future().isComplete()) {
      fail(failed);
      return;
    }
    long pause = Math.min(MAX_PAUSE_MILLIS, MIN_PAUSE_MILLIS << Math.min(failures, MAX_DOUBLINGS));
    failures++;
    setTimer(pause, this::begin);
  }

  /**
   * Cancels the old watch. Deliveries of it that still arrive are refused, which ends it as well.
   */
  private void forget() {
    WatchStarted old = watch;
    watch = null;
    if (old != null) {
      cancel(old);
    }
  }

  private void cancel(WatchStarted begun) {
    service.cancel(begun.getWatchId()); // without the cancel it ends at its next delivery
  }

  /**
   * Starts a new watch if the service sends nothing in time: its end is noticed in no other way.
   */
  private void lookOut() {
    WatchStarted current = watch;
    if (current != null) {
      setTimer(2 * current.getProgressMillis() + PATIENCE_MILLIS, this::lookedOut);
    }
  }

  private void lookedOut() {
    if (pending.isEmpty()) {
      begin();
    }
    // otherwise the service waits for our reply; answer() restarts the timer
  }

  private void setTimer(long millis, Runnable task) {
    cancelTimer();
    timer =
        context.setTimer(
            millis,
            id -> {
              timer = NONE;
              task.run();
            });
  }

  private void cancelTimer() {
    if (timer != NONE) {
      vertx.cancelTimer(timer);
      timer = NONE;
    }
  }

  // ---- what comes

  private void heard(Message<JsonObject> message) {
    WatchDelivery delivery = new WatchDelivery(message.body());
    WatchStarted current = watch;
    if (over
        || failure != null
        || current == null
        || !current.getWatchId().equals(delivery.getWatchId())) {
      message.fail(ServiceFailure.NOT_HELD.code(), "the receiver has ended this watch");
      return;
    }
    if (delivery.getSequence() != sequence + 1) {
      message.fail(ServiceFailure.NOT_HELD.code(), "a delivery was lost before this one");
      watch = null;
      begin();
      return;
    }
    sequence++;
    WatchEnd end = delivery.getEnd();
    if (end != null) {
      message.reply(null);
      ended(end);
      return;
    }
    nextRevision = Math.max(nextRevision, delivery.getNextRevision());
    lookOut();
    if (delivery.getEvents().isEmpty() && (demand == 0 || handler == null || !pending.isEmpty())) {
      message.reply(null); // a progress delivery; the reply shows that this receiver exists
      return;
    }
    pending.add(new Taken(delivery, message, System.nanoTime()));
    deliver();
  }

  private void ended(WatchEnd end) {
    watch = null;
    if (end.getCode() == ServiceFailure.COMPACTED.code()
        || end.getCode() == ServiceFailure.NOT_UTF8.code()) {
      var told = CallFailures.exception(nonNull(end), end.getMessage());
      told.getDebugInfo().put("compactRevision", end.getCompactRevision());
      fail(told);
    } else {
      refused(CallFailures.exception(ServiceFailure.CLOSED, end.getMessage()));
    }
  }

  private static ServiceFailure nonNull(WatchEnd end) {
    ServiceFailure code = ServiceFailure.ofCode(end.getCode());
    return code == null ? ServiceFailure.INTERNAL : code;
  }

  private void fail(Throwable cause) {
    if (over || failure != null) {
      return;
    }
    failure = cause;
    cancelTimer();
    forget();
    started.tryFail(cause);
    deliver();
  }

  private void deliver() {
    if (delivering) {
      return;
    }
    delivering = true;
    Handler<WatchDelivery> to;
    while (!over && demand > 0 && (to = handler) != null && !pending.isEmpty()) {
      if (demand != Long.MAX_VALUE) {
        demand--;
      }
      Taken taken = pending.remove();
      tell(to, taken.delivery());
      answer(taken);
    }
    delivering = false;
    Throwable cause = failure;
    if (!over && cause != null && pending.isEmpty() && handler != null) {
      finish();
      tell(exceptionHandler, cause);
      tellEnd(endHandler);
    }
  }

  /**
   * Replies to a delivery. If that took longer than the service waits, the service has ended the
   * watch, so a new one is started.
   */
  private void answer(Taken taken) {
    taken.message().reply(null);
    WatchStarted current = watch;
    if (over || current == null || failure != null || !pending.isEmpty()) {
      return;
    }
    long tookMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - taken.sinceNanos());
    if (current.getWatchId().equals(taken.delivery().getWatchId())
        && tookMillis >= current.getReplyMillis()) {
      begin();
    } else {
      lookOut();
    }
  }

  private <T> void tell(@Nullable Handler<T> to, T what) {
    if (to != null) {
      try {
        to.handle(what);
      } catch (RuntimeException | Error e) {
        context.reportException(e);
      }
    }
  }

  @SuppressWarnings("NullAway") // null is the only value of Void
  private void tellEnd(@Nullable Handler<Void> to) {
    tell(to, null);
  }

  private void finish() {
    over = true;
    cancelTimer();
    pending.clear();
    MessageConsumer<JsonObject> open = consumer;
    consumer = null;
    if (open != null) {
      open.unregister();
    }
  }

  // ---- the stream

  private void run(Runnable task) {
    if (context.isRunningOnContext()) {
      task.run();
    } else {
      context.runOnContext(v -> task.run());
    }
  }

  @Override
  public WatchReceiver exceptionHandler(@Nullable Handler<Throwable> exceptionHandler) {
    run(() -> this.exceptionHandler = exceptionHandler);
    return this;
  }

  @Override
  public WatchReceiver handler(@Nullable Handler<WatchDelivery> handler) {
    run(
        () -> {
          this.handler = handler;
          deliver();
        });
    return this;
  }

  @Override
  public WatchReceiver pause() {
    run(() -> demand = 0);
    return this;
  }

  @Override
  public WatchReceiver resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public WatchReceiver fetch(long amount) {
    if (amount < 0) {
      throw new IllegalArgumentException("amount " + amount);
    }
    run(
        () -> {
          demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
          deliver();
        });
    return this;
  }

  @Override
  public WatchReceiver endHandler(@Nullable Handler<Void> endHandler) {
    run(() -> this.endHandler = endHandler);
    return this;
  }

  /** Completes when the watch has started, with the revision after which changes are delivered. */
  public Future<Long> started() {
    return started.future();
  }

  /** Ends the watch. No handler is called afterwards. Completes within the request time-out. */
  public Future<Void> close() {
    Promise<Void> closed = ((ContextInternal) vertx.getOrCreateContext()).promise();
    run(
        () -> {
          WatchStarted old = watch;
          watch = null;
          if (!over) {
            finish();
            started.tryFail(new IllegalStateException("the watch was closed"));
          }
          if (old == null) {
            closed.complete();
          } else {
            service.cancel(old.getWatchId()).onComplete(canceled -> closed.complete());
          }
        });
    return closed.future();
  }
}
