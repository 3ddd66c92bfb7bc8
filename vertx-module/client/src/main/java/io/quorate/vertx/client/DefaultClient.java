package io.quorate.vertx.client;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The implementation for every store: adds watches and sessions. Any thread. */
final class DefaultClient implements QuorateClient {
  private final Vertx vertx;
  private final QuorateStore store;
  private final Sessions sessions;
  private final Set<ResumingWatch> watches = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  DefaultClient(Vertx vertx, QuorateStore store) {
    this.vertx = vertx;
    this.store = new OutcomeStore(store);
    this.sessions = new Sessions(this.store, Loop.any(vertx), this::promise);
  }

  private ContextInternal context() {
    return (ContextInternal) vertx.getOrCreateContext();
  }

  private <T> Promise<T> promise() {
    return context().promise();
  }

  @Override
  public Vertx vertx() {
    return vertx;
  }

  @Override
  public QuorateStore store() {
    return store;
  }

  @Override
  public WatchStream watch(WatchOptions options) {
    ContextInternal context = context();
    ResumingWatch watch =
        new ResumingWatch(
            store,
            options,
            Loop.of(vertx, context),
            this::promise,
            context.promise(),
            watches::remove);
    watches.add(watch);
    if (closed) {
      Future<Void> unused = watch.close();
    } else {
      watch.start();
    }
    return watch;
  }

  @Override
  public Future<Session> session(long ttlSeconds) {
    Promise<Session> promise = promise();
    sessions.open(ttlSeconds).onComplete(promise);
    return promise.future();
  }

  @Override
  public Future<Void> close() {
    closed = true;
    Promise<Void> promise = promise();
    List<Future<Void>> ends = new ArrayList<>();
    for (ResumingWatch watch : watches) {
      ends.add(watch.close());
    }
    ends.add(sessions.close());
    Future.join(ends).<Void>mapEmpty().onComplete(promise);
    return promise.future();
  }
}
