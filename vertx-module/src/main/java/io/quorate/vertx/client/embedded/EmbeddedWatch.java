package io.quorate.vertx.client.embedded;

import io.quorate.node.QuorateNode;
import io.quorate.vertx.client.QuorateStore;
import io.quorate.watch.WatchHub;
import io.quorate.watch.WatchResponse;
import io.quorate.watch.WatchSink;
import io.quorate.watch.WatchSpec;
import io.quorate.watch.WatchStream;
import io.vertx.core.Handler;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Carries a watch stream between the apply thread, where it lives, and the context of its owner. At
 * most {@link #MAX_QUEUED} event responses wait in between (etcd's number); then the stream is full
 * until half of them are gone, and what it misses meanwhile comes from history.
 */
final class EmbeddedWatch implements QuorateStore.WatchChannel, WatchSink {
  private static final int MAX_QUEUED = 128;

  private final QuorateNode node;
  private final ContextInternal context;
  private final Completions.Lane lane;
  private final Handler<WatchResponse> handler;
  private final ConcurrentLinkedQueue<WatchResponse> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger queuedEvents = new AtomicInteger();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final AtomicBoolean wasFull = new AtomicBoolean();
  private volatile boolean closed;

  /** Apply thread only. */
  private @Nullable WatchStream stream;

  /** Context only. */
  private boolean paused;

  EmbeddedWatch(
      QuorateNode node,
      ContextInternal context,
      Completions.Lane lane,
      Handler<WatchResponse> handler) {
    this.node = node;
    this.context = context;
    this.lane = lane;
    this.handler = handler;
    node.withWatches(this::open);
  }

  private void open(WatchHub hub) {
    stream = hub.open(this);
  }

  private void withStream(Consumer<WatchStream> use) {
    node.withWatches(
        hub -> {
          WatchStream s = stream;
          if (s != null) {
            use.accept(s);
          }
        });
  }

  // ---- apply thread

  @Override
  public void send(WatchResponse response) {
    if (closed) {
      return;
    }
    if (response instanceof WatchResponse.Events && queuedEvents.incrementAndGet() >= MAX_QUEUED) {
      wasFull.set(true);
    }
    queue.add(response);
    schedule();
  }

  @Override
  public boolean isFull() {
    return queuedEvents.get() >= MAX_QUEUED;
  }

  private void schedule() {
    if (scheduled.compareAndSet(false, true)) {
      lane.run(() -> context.emit(v -> drain()));
    }
  }

  // ---- context

  private void drain() {
    scheduled.set(false);
    WatchResponse response;
    while (!paused && !closed && (response = queue.poll()) != null) {
      if (response instanceof WatchResponse.Events
          && queuedEvents.decrementAndGet() <= MAX_QUEUED / 2
          && wasFull.compareAndSet(true, false)) {
        withStream(WatchStream::resume);
      }
      handler.handle(response);
    }
  }

  @Override
  public void create(WatchSpec spec) {
    withStream(s -> s.create(spec));
  }

  @Override
  public void cancel(long watchId) {
    withStream(s -> s.cancel(watchId));
  }

  @Override
  public void requestProgress() {
    withStream(WatchStream::requestProgress);
  }

  @Override
  public void progressTick() {
    withStream(WatchStream::progressTick);
  }

  @Override
  public void pause() {
    paused = true;
  }

  @Override
  public void resume() {
    if (paused) {
      paused = false;
      schedule();
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      withStream(
          s -> {
            s.close();
            stream = null;
          });
      queue.clear();
    }
  }
}
