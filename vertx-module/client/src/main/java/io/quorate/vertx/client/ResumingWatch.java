package io.quorate.vertx.client;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.Event;
import io.quorate.command.KeyRange;
import io.quorate.command.Result;
import io.quorate.command.WatchResponse;
import io.quorate.command.WatchSpec;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One watch on one channel after the other. What it has taken in is never asked for again: each
 * channel starts at the revision after the last one received, or known to have brought nothing.
 *
 * <p>"From now" is made a number first, by a linearizable read: a member may lag, and the revision
 * in etcd's answer to a create request may be above the one that the watch begins at.
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
  private final Deque<WatchBatch> pending = new ArrayDeque<>();

  private QuorateStore.@Nullable WatchChannel channel;
  private @Nullable Runnable timer;

  /** Which attempt a late answer belongs to. */
  private long attempt;

  /** The first revision not taken in yet; 0 as long as "now" is not known. */
  private long next;

  private boolean confirmed;
  private boolean heardSinceProgress;
  private boolean channelPaused;
  private int failures;

  private @Nullable Handler<WatchBatch> handler;
  private @Nullable Handler<Throwable> exceptionHandler;
  private @Nullable Handler<Void> endHandler;
  private long demand = Long.MAX_VALUE;
  private boolean delivering;
  private @Nullable Throwable failure;
  private boolean over;

  /**
   * @param promises makes one that completes on the context of whoever calls
   * @param onOver hears once that nothing is open any more
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
    this.next = Math.max(0, options.startRevision());
  }

  /** Once, after it was made. */
  void start() {
    loop.execute(this::attempt);
  }

  // ---- channels

  private void attempt() {
    if (over || failure != null) {
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
    if (over || current != attempt) {
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
    if (over || failure != null || current != attempt) {
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
    if (over || failure != null || current != attempt) {
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
      fail(new IllegalArgumentException("watch refused: " + refused.reason()));
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

  /** So that a watch of quiet keys does not have to resume from where compaction has been. */
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
    // whole revisions, so the last one is complete; the header of a message from history is ahead
    long revision = fresh.get(fresh.size() - 1).kv().modRevision();
    next = revision + 1;
    pending.add(new WatchBatch(revision, fresh));
    pauseIfFull();
    deliver();
  }

  private void progress(long revision) {
    if (revision < next || !confirmed) {
      return;
    }
    next = revision + 1;
    WatchBatch last = pending.peekLast();
    if (last != null && last.events().isEmpty()) {
      pending.removeLast();
    }
    pending.add(new WatchBatch(revision, List.of()));
    deliver();
  }

  private void canceled(long current, long compactRevision) {
    if (compactRevision == 0) {
      lost(current, null);
    } else if (options.startRevision() == 0 && !started.future().isComplete()) {
      next = 0; // "now" is no longer where it was
      lost(current, null);
    } else {
      fail(new WatchCompactedException(compactRevision));
    }
  }

  private void fail(Throwable cause) {
    failure = cause;
    cancelTimer();
    closeChannel();
    started.tryFail(cause);
    deliver();
  }

  // ---- delivery

  private void pauseIfFull() {
    QuorateStore.WatchChannel open = channel;
    if (open != null && confirmed && !channelPaused && pending.size() >= MAX_PENDING) {
      channelPaused = true;
      open.pause();
    }
  }

  /** Its end is told to whoever has set a handler, like its events. */
  private void deliver() {
    if (delivering) {
      return;
    }
    delivering = true;
    Handler<WatchBatch> to;
    while (!over && demand > 0 && (to = handler) != null && !pending.isEmpty()) {
      if (demand != Long.MAX_VALUE) {
        demand--;
      }
      tell(to, pending.remove());
    }
    delivering = false;
    if (over) {
      return;
    }
    QuorateStore.WatchChannel open = channel;
    if (open != null && channelPaused && pending.size() <= MAX_PENDING / 2) {
      channelPaused = false;
      open.resume();
    }
    Throwable cause = failure;
    if (cause != null && pending.isEmpty() && handler != null) {
      finish();
      tell(exceptionHandler, cause);
      tellEnd(endHandler);
    }
  }

  /** A handler that throws must not take the channel with it. */
  private <T> void tell(@Nullable Handler<T> to, T what) {
    if (to != null) {
      try {
        to.handle(what);
      } catch (RuntimeException | Error e) {
        loop.report(e);
      }
    }
  }

  @SuppressWarnings("NullAway") // Void has no other value
  private void tellEnd(@Nullable Handler<Void> to) {
    tell(to, null);
  }

  private void finish() {
    over = true;
    cancelTimer();
    closeChannel();
    pending.clear();
    onOver.accept(this);
  }

  // ---- the stream

  @Override
  public WatchStream exceptionHandler(@Nullable Handler<Throwable> exceptionHandler) {
    loop.execute(
        () -> {
          this.exceptionHandler = exceptionHandler;
          deliver();
        });
    return this;
  }

  @Override
  public WatchStream handler(@Nullable Handler<WatchBatch> handler) {
    loop.execute(
        () -> {
          this.handler = handler;
          deliver();
        });
    return this;
  }

  @Override
  public WatchStream endHandler(@Nullable Handler<Void> endHandler) {
    loop.execute(() -> this.endHandler = endHandler);
    return this;
  }

  @Override
  public WatchStream pause() {
    loop.execute(() -> demand = 0);
    return this;
  }

  @Override
  public WatchStream resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public WatchStream fetch(long amount) {
    if (amount < 0) {
      throw new IllegalArgumentException("amount " + amount);
    }
    loop.execute(
        () -> {
          demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
          deliver();
        });
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
          if (!over) {
            finish();
            started.tryFail(new IllegalStateException("the watch was closed"));
          }
          closed.complete();
        });
    return closed.future();
  }
}
