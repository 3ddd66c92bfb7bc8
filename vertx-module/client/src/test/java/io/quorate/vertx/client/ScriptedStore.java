package io.quorate.vertx.client;

import io.quorate.command.Request;
import io.quorate.command.RequestKind;
import io.quorate.command.WatchResponse;
import io.quorate.command.WatchSpec;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A store whose requests the test answers. */
final class ScriptedStore {
  final List<PendingRequest> asked = new ArrayList<>();
  final List<Channel> channels = new ArrayList<>();

  /** The context of the latest request; null if there was none. */
  volatile @Nullable Context context;

  final QuorateStore store =
      new QuorateStore() {
        @Override
        @SuppressWarnings("unchecked") // the test answers with the request's result type
        public <R> Future<R> ask(Request<R> request) {
          context = Vertx.currentContext();
          PendingRequest waiting = new PendingRequest(request, Promise.promise());
          asked.add(waiting);
          return (Future<R>) waiting.promise.future();
        }

        @Override
        public WatchChannel watch(Handler<WatchResponse> handler) {
          context = Vertx.currentContext();
          Channel channel = new Channel(handler);
          channels.add(channel);
          return channel;
        }
      };

  /** A request that waits for its answer. */
  record PendingRequest(Request<?> request, Promise<Object> promise) {
    void answer(Object answer) {
      promise.complete(answer);
    }

    void fail(Throwable failure) {
      promise.fail(failure);
    }
  }

  Channel channel() {
    return channels.get(channels.size() - 1);
  }

  /** The latest request of that kind. */
  PendingRequest last(RequestKind kind) {
    for (int i = asked.size() - 1; i >= 0; i--) {
      if (asked.get(i).request.requestKind() == kind) {
        return asked.get(i);
      }
    }
    throw new AssertionError("there was no request for a " + kind);
  }

  long count(RequestKind kind) {
    return asked.stream().filter(a -> a.request.requestKind() == kind).count();
  }

  /** A channel whose responses the test sends. */
  static final class Channel implements QuorateStore.WatchChannel {
    private final Handler<WatchResponse> handler;
    private @Nullable Handler<Throwable> closeHandler;
    final List<WatchSpec> created = new ArrayList<>();
    int progressRequests;
    boolean paused;
    boolean closed;

    Channel(Handler<WatchResponse> handler) {
      this.handler = handler;
    }

    void send(WatchResponse response) {
      handler.handle(response);
    }

    void lose() {
      lose(new IllegalStateException("connection lost"));
    }

    void lose(Throwable cause) {
      Handler<Throwable> handler = closeHandler;
      if (handler != null) {
        handler.handle(cause);
      }
    }

    @Override
    public void closeHandler(Handler<Throwable> handler) {
      closeHandler = handler;
    }

    @Override
    public void create(WatchSpec spec) {
      created.add(spec);
    }

    @Override
    public void cancel(long watchId) {
      throw new AssertionError("no test cancels");
    }

    @Override
    public void requestProgress() {
      progressRequests++;
    }

    @Override
    public void progressTick() {
      throw new AssertionError("no test ticks");
    }

    @Override
    public void pause() {
      paused = true;
    }

    @Override
    public void resume() {
      paused = false;
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
