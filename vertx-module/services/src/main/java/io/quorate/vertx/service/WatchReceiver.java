package io.quorate.vertx.service;

import io.quorate.vertx.support.Contexts;
import io.quorate.vertx.support.Delivery;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.core.streams.ReadStream;
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
  private static final long GRACE_MILLIS = 1_000;

  private final Vertx vertx;
  private final ContextInternal context;
  private final WatchService service;
  private final WatchRequest request;
  private final String address;
  private final Promise<Long> started;
  private final Delivery<Taken> stream;

  private @Nullable MessageConsumer<JsonObject> consumer;
  private @Nullable WatchStarted watch;
  private long nextRevision;
  private long sequence;
  private int failures;
  private boolean beginning;
  private long timer = NONE;

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
    this.stream = new Delivery<>(context::reportException, () -> {}, this::release);
  }

  void start() {
    context.runOnContext(
        v -> {
          if (isOver()) {
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

  /** No more deliveries are accepted. */
  private boolean isOver() {
    return stream.hasEnded() || stream.hasFailed();
  }

  private void begin() {
    if (isOver() || beginning) {
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
              if (isOver()) {
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
      setTimer(2 * current.getProgressMillis() + GRACE_MILLIS, this::lookedOut);
    }
  }

  private void lookedOut() {
    if (stream.pendingCount() == 0) {
      begin();
    }
    // otherwise the service waits for our reply; reply() restarts the timer
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
    if (isOver() || current == null || !current.getWatchId().equals(delivery.getWatchId())) {
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
    if (delivery.getEvents().isEmpty() && !stream.hasDemand()) {
      message.reply(null); // a progress delivery; the reply shows that this receiver exists
      return;
    }
    stream.add(new Taken(delivery, message, System.nanoTime()));
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
    if (isOver()) {
      return;
    }
    cancelTimer();
    forget();
    started.tryFail(cause);
    stream.fail(cause);
  }

  private void deliver(Taken taken, Handler<WatchDelivery> handler) {
    try {
      handler.handle(taken.delivery());
    } finally {
      reply(taken);
    }
  }

  /**
   * Replies to a delivery. If that took longer than the service waits, the service has ended the
   * watch, so a new one is started.
   */
  private void reply(Taken taken) {
    taken.message().reply(null);
    WatchStarted current = watch;
    if (isOver() || current == null || stream.pendingCount() > 0) {
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

  private void release() {
    cancelTimer();
    MessageConsumer<JsonObject> open = consumer;
    consumer = null;
    if (open != null) {
      open.unregister();
    }
  }

  // ---- the stream

  private void run(Runnable task) {
    Contexts.run(context, task);
  }

  @Override
  public WatchReceiver exceptionHandler(@Nullable Handler<Throwable> exceptionHandler) {
    run(() -> stream.exceptionHandler(exceptionHandler));
    return this;
  }

  @Override
  public WatchReceiver handler(@Nullable Handler<WatchDelivery> handler) {
    run(() -> stream.handler(handler == null ? null : taken -> deliver(taken, handler)));
    return this;
  }

  @Override
  public WatchReceiver pause() {
    run(stream::pause);
    return this;
  }

  @Override
  public WatchReceiver resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public WatchReceiver fetch(long amount) {
    long checked = Delivery.checkedAmount(amount);
    run(() -> stream.fetch(checked));
    return this;
  }

  @Override
  public WatchReceiver endHandler(@Nullable Handler<Void> endHandler) {
    run(() -> stream.endHandler(endHandler));
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
          if (!stream.hasEnded()) {
            stream.end();
            release();
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
