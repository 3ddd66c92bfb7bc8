package io.quorate.vertx.client;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Event;
import io.quorate.command.KeyRange;
import io.quorate.command.Result;
import io.quorate.command.WatchResponse;
import io.quorate.command.WatchSpec;
import io.quorate.vertx.support.Delivery;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One watch over a succession of channels. Each new channel starts after the last revision that was
 * received, or of which it is known that it brought no event. No revision is received twice.
 *
 * <p>For a watch "from now", a linearizable read finds the start revision: a member may lag behind,
 * and the revision in etcd's response to a create request may be above the one at which the watch
 * begins.
 */
final class ResumingWatch implements WatchStream {
  private static final int MAX_PENDING = 64;
  private static final long CREATE_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long PROGRESS_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long MIN_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final int MAX_DOUBLINGS = 10;

  private final QuorateStore store;
  private final WatchOptions options;
  private final Loop loop;
  private final Supplier<Promise<Void>> promises;
  private final Consumer<ResumingWatch> onOver;
  private final Promise<Long> started;
  private final Delivery<WatchBatch> delivery;

  private QuorateStore.@Nullable WatchChannel channel;
  private @Nullable Runnable timer;

  /** Number of the current attempt; responses to earlier attempts are ignored. */
  private long attempt;

  /**
   * The first revision that has not been received yet; 0 while the start of a watch "from now" is
   * unknown.
   */
  private long next;

  private boolean confirmed;
  private boolean heardSinceProgress;
  private boolean channelPaused;
  private int failures;

  /**
   * @param promises makes promises that complete on the caller's context
   * @param onOver called once when the watch has ended and nothing is open any more
   */
  ResumingWatch(
      QuorateStore store,
      WatchOptions options,
      Loop loop,
      Supplier<Promise<Void>> promises,
      Promise<Long> started,
      Consumer<ResumingWatch> onOver) {
    this.store = store;
    this.options = options;
    this.loop = loop;
    this.promises = promises;
    this.started = started;
    this.onOver = onOver;
    this.delivery = new Delivery<>(loop::report, this::resumeIfDrained, this::release);
    this.next = Math.max(0, options.startRevision());
  }

  /** To be called once. */
  void start() {
    loop.execute(this::attempt);
  }

  // ---- channels

  private void attempt() {
    if (isOver()) {
      return;
    }
    long current = ++attempt;
    confirmed = false;
    setTimer(CREATE_NANOS, () -> lost(current, null));
    if (next == 0) {
      store
          .range(presentRevision())
          .onComplete((ranged, failed) -> presentRevision(current, ranged, failed));
    } else {
      open(current);
    }
  }

  private Command.Range presentRevision() {
    Bytes start = options.range().start();
    return Command.Range.of(KeyRange.single(start.isEmpty() ? Bytes.ZERO : start))
        .withCountOnly(true);
  }

  private void presentRevision(
      long current, Result.@Nullable Ranged ranged, @Nullable Throwable failed) {
    if (delivery.hasEnded() || current != attempt) {
      return;
    }
    if (failed != null || ranged == null) {
      lost(current, failed);
      return;
    }
    next = ranged.revision() + 1;
    open(current);
  }

  private void open(long current) {
    QuorateStore.WatchChannel opened = store.watch(response -> heard(current, response));
    channel = opened;
    channelPaused = false;
    opened.closeHandler(cause -> lost(current, cause));
    opened.create(
        new WatchSpec(
            0,
            options.range(),
            next,
            options.noPut(),
            options.noDelete(),
            options.prevKv(),
            true,
            false));
  }

  private void lost(long current, @Nullable Throwable cause) {
    if (isOver() || current != attempt) {
      return;
    }
    attempt++;
    if (cause instanceof StoreClosedException) {
      fail(cause);
      return;
    }
    closeChannel();
    long wait = MIN_WAIT_NANOS << Math.min(failures, MAX_DOUBLINGS);
    failures++;
    setTimer(Math.min(wait, MAX_WAIT_NANOS), this::attempt);
  }

  private void closeChannel() {
    QuorateStore.WatchChannel open = channel;
    channel = null;
    if (open != null) {
      open.close();
    }
  }

  private void setTimer(long nanos, Runnable task) {
    cancelTimer();
    timer =
        loop.after(
            nanos,
            () -> {
              timer = null;
              task.run();
            });
  }

  private void cancelTimer() {
    if (timer != null) {
      timer.run();
      timer = null;
    }
  }

  // ---- answers

  private void heard(long current, WatchResponse response) {
    if (isOver() || current != attempt) {
      return;
    }
    heardSinceProgress = true;
    if (response instanceof WatchResponse.Created) {
      created();
    } else if (response instanceof WatchResponse.Events events) {
      events(events.events());
    } else if (response instanceof WatchResponse.Progress progress) {
      progress(progress.revision());
    } else if (response instanceof WatchResponse.Refused refused) {
      EtcdError error = EtcdError.ofStatusText(refused.reason());
      fail(
          error == null
              ? new IllegalArgumentException("watch refused: " + refused.reason())
              : error.exception());
    } else if (response instanceof WatchResponse.Canceled canceled) {
      canceled(current, canceled.compactRevision());
    } else {
      throw new IllegalStateException("watch response " + response);
    }
  }

  private void created() {
    confirmed = true;
    failures = 0;
    started.tryComplete(next - 1);
    setTimer(PROGRESS_NANOS, this::askProgress);
    pauseIfFull();
  }

  /**
   * Keeps the start revision of a watch on quiet keys recent, so that it can resume after a
   * compaction.
   */
  private void askProgress() {
    QuorateStore.WatchChannel open = channel;
    if (open != null && !heardSinceProgress && !channelPaused) {
      open.requestProgress();
    }
    heardSinceProgress = false;
    setTimer(PROGRESS_NANOS, this::askProgress);
  }

  private void events(List<Event> events) {
    List<Event> fresh = events;
    if (!events.isEmpty() && events.get(0).kv().modRevision() < next) {
      long from = next;
      fresh = events.stream().filter(event -> event.kv().modRevision() >= from).toList();
    }
    if (fresh.isEmpty()) {
      return;
    }
    // Messages hold whole revisions, so the last event ends one. The revision in the header cannot
    // be used: for events from history it is ahead of them.
    long revision = fresh.get(fresh.size() - 1).kv().modRevision();
    next = revision + 1;
    delivery.add(new WatchBatch(revision, fresh));
    pauseIfFull();
  }

  private void progress(long revision) {
    if (revision < next || !confirmed) {
      return;
    }
    next = revision + 1;
    WatchBatch progress = new WatchBatch(revision, List.of());
    WatchBatch last = delivery.last();
    if (last != null && last.events().isEmpty()) {
      delivery.replaceLast(progress);
    } else {
      delivery.add(progress);
    }
  }

  private void canceled(long current, long compactRevision) {
    if (compactRevision == 0) {
      lost(current, null);
    } else if (options.startRevision() == 0 && !started.future().isComplete()) {
      next = 0; // find the start again
      lost(current, null);
    } else {
      fail(new WatchCompactedException(compactRevision));
    }
  }

  private void fail(Throwable cause) {
    cancelTimer();
    closeChannel();
    started.tryFail(cause);
    delivery.fail(cause);
  }

  private boolean isOver() {
    return delivery.hasEnded() || delivery.hasFailed();
  }

  // ---- delivery

  private void pauseIfFull() {
    QuorateStore.WatchChannel open = channel;
    if (open != null && confirmed && !channelPaused && delivery.pendingCount() >= MAX_PENDING) {
      channelPaused = true;
      open.pause();
    }
  }

  private void resumeIfDrained() {
    QuorateStore.WatchChannel open = channel;
    if (open != null && channelPaused && delivery.pendingCount() <= MAX_PENDING / 2) {
      channelPaused = false;
      open.resume();
    }
  }

  private void release() {
    cancelTimer();
    closeChannel();
    onOver.accept(this);
  }

  // ---- the stream

  @Override
  public WatchStream exceptionHandler(@Nullable Handler<Throwable> exceptionHandler) {
    loop.execute(() -> delivery.exceptionHandler(exceptionHandler));
    return this;
  }

  @Override
  public WatchStream handler(@Nullable Handler<WatchBatch> handler) {
    loop.execute(() -> delivery.handler(handler));
    return this;
  }

  @Override
  public WatchStream endHandler(@Nullable Handler<Void> endHandler) {
    loop.execute(() -> delivery.endHandler(endHandler));
    return this;
  }

  @Override
  public WatchStream pause() {
    loop.execute(delivery::pause);
    return this;
  }

  @Override
  public WatchStream resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public WatchStream fetch(long amount) {
    long checked = Delivery.checkedAmount(amount);
    loop.execute(() -> delivery.fetch(checked));
    return this;
  }

  @Override
  public Future<Long> started() {
    return started.future();
  }

  @Override
  public Future<Void> close() {
    Promise<Void> closed = promises.get();
    loop.execute(
        () -> {
          if (!delivery.hasEnded()) {
            delivery.end();
            release();
            started.tryFail(new IllegalStateException("the watch was closed"));
          }
          closed.complete();
        });
    return closed.future();
  }
}
