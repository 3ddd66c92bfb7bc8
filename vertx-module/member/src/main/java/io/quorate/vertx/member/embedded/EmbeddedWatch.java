package io.quorate.vertx.member.embedded;

import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.Event;
import io.quorate.command.KeyValue;
import io.quorate.command.WatchResponse;
import io.quorate.command.WatchSpec;
import io.quorate.node.QuorateNode;
import io.quorate.vertx.client.QuorateStore;
import io.quorate.watch.ServerWatchStream;
import io.quorate.watch.WatchHub;
import io.quorate.watch.WatchSink;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Connects a watch stream, which belongs to the apply thread, with the context of its owner. At
 * most {@link #MAX_QUEUED} responses (etcd's number) and a few megabytes are queued in between. A
 * full stream accepts nothing until half of the queue has been delivered; the events it missed are
 * then read from history.
 */
final class EmbeddedWatch implements QuorateStore.WatchChannel, WatchSink {
  private static final int MAX_QUEUED = 128;
  private static final long MAX_QUEUED_BYTES = 2L << 20;

  /**
   * Bytes queued on all streams of this process; above the bound, one response makes a stream full.
   */
  private static final AtomicLong ALL_QUEUED_BYTES = new AtomicLong();

  private static final long MAX_ALL_QUEUED_BYTES =
      Math.max(8L << 20, Runtime.getRuntime().maxMemory() / 16);

  private final EmbeddedStore store;
  private final QuorateNode node;
  private final ContextInternal context;
  private final Completions.Lane lane;
  private final Handler<WatchResponse> handler;
  private final ConcurrentLinkedQueue<Queued> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger queued = new AtomicInteger();
  private final AtomicLong queuedBytes = new AtomicLong();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final AtomicBoolean wasFull = new AtomicBoolean();
  private volatile boolean closed;

  /** Used by the apply thread only. */
  private @Nullable ServerWatchStream stream;

  /** Used on the context only. */
  private boolean paused;

  /** Completes when it is known who has asked for the newest watcher; used on the context only. */
  private Future<?> identified = Future.succeededFuture();

  /**
   * @param bytes of the keys and values in the response
   */
  private record Queued(WatchResponse response, long bytes) {}

  /**
   * @param store says who watches
   */
  EmbeddedWatch(
      EmbeddedStore store,
      QuorateNode node,
      ContextInternal context,
      Completions.Lane lane,
      Handler<WatchResponse> handler) {
    this.store = store;
    this.node = node;
    this.context = context;
    this.lane = lane;
    this.handler = handler;
    node.withWatches(this::open);
  }

  private void open(WatchHub hub) {
    stream = hub.open(this);
  }

  private void withStream(Consumer<ServerWatchStream> use) {
    node.withWatches(
        hub -> {
          ServerWatchStream s = stream;
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
    long bytes = response instanceof WatchResponse.Events events ? bytes(events) : 0;
    queued.incrementAndGet();
    queuedBytes.addAndGet(bytes);
    ALL_QUEUED_BYTES.addAndGet(bytes);
    queue.add(new Queued(response, bytes));
    if (closed) {
      drop();
    }
    schedule();
  }

  private static long bytes(WatchResponse.Events events) {
    long bytes = 0;
    for (Event event : events.events()) {
      bytes += bytes(event.kv()) + bytes(event.prevKv());
    }
    return bytes;
  }

  private static long bytes(@Nullable KeyValue kv) {
    return kv == null ? 0 : kv.key().length() + kv.value().length();
  }

  /**
   * Marks the stream before it reports that it is full, so that the next delivery ends the wait.
   */
  @Override
  public boolean isFull() {
    if (!hasNoRoom()) {
      return false;
    }
    wasFull.set(true);
    return hasNoRoom();
  }

  private boolean hasNoRoom() {
    return isFilledTo(MAX_QUEUED, MAX_QUEUED_BYTES)
        || (queued.get() > 0 && ALL_QUEUED_BYTES.get() >= MAX_ALL_QUEUED_BYTES);
  }

  private boolean isFilledTo(int responses, long bytes) {
    return queued.get() >= responses || queuedBytes.get() >= bytes;
  }

  private void delivered(Queued each) {
    queued.decrementAndGet();
    queuedBytes.addAndGet(-each.bytes);
    ALL_QUEUED_BYTES.addAndGet(-each.bytes);
  }

  private void drop() {
    Queued each;
    while ((each = queue.poll()) != null) {
      delivered(each);
    }
  }

  private void schedule() {
    if (scheduled.compareAndSet(false, true)) {
      lane.run(() -> context.emit(v -> drain()));
    }
  }

  // ---- context

  private void drain() {
    scheduled.set(false);
    Queued next;
    while (!paused && !closed && (next = queue.poll()) != null) {
      delivered(next);
      if (!isFilledTo(MAX_QUEUED / 2 + 1, MAX_QUEUED_BYTES / 2)
          && wasFull.compareAndSet(true, false)) {
        withStream(ServerWatchStream::resume);
      }
      handler.handle(next.response);
    }
  }

  @Override
  public void create(WatchSpec spec) {
    Future<EmbeddedStore> asking =
        node.auth().isEnabled() ? store.identified() : Future.succeededFuture(store);
    inOrder(
        asking,
        () -> {
          if (asking.succeeded()) {
            withStream(s -> s.create(asking.result().caller(), spec));
          } else {
            EtcdError error =
                asking.cause() instanceof EtcdException e ? e.error() : EtcdError.STOPPED;
            withStream(s -> s.refuse(error.statusText()));
          }
        });
  }

  @Override
  public void cancel(long watchId) {
    inOrder(identified, () -> withStream(s -> s.cancel(watchId)));
  }

  @Override
  public void requestProgress() {
    inOrder(identified, () -> withStream(ServerWatchStream::requestProgress));
  }

  /** Runs {@code request} once {@code ready} is complete, after those that came before. */
  private void inOrder(Future<?> ready, Runnable request) {
    if (identified.isComplete() && ready.isComplete()) {
      request.run();
      return;
    }
    Future<?> before = identified;
    identified =
        Future.join(before, ready)
            .eventually(
                () -> {
                  if (!closed) {
                    request.run();
                  }
                  return Future.succeededFuture();
                });
  }

  @Override
  public void progressTick() {
    withStream(ServerWatchStream::progressTick);
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
      drop();
    }
  }
}
