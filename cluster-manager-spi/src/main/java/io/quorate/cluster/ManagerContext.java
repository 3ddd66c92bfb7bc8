package io.quorate.cluster;

import io.quorate.vertx.support.Contexts;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.internal.CloseFuture;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import org.jspecify.annotations.Nullable;

/**
 * The one Vert.x context on which the manager's state changes, so that it needs no lock, and from
 * which Vert.x is called back. It belongs to the application's Vert.x, but has its own close
 * future: when Vert.x is closed, it first closes what belongs to its contexts.
 */
final class ManagerContext {
  private final VertxInternal vertx;
  private final ContextInternal context;

  ManagerContext(Vertx vertx) {
    this.vertx = (VertxInternal) vertx;
    this.context =
        this.vertx
            .contextBuilder()
            .withThreadingModel(ThreadingModel.EVENT_LOOP)
            .withCloseFuture(new CloseFuture())
            .build();
  }

  VertxInternal vertx() {
    return vertx;
  }

  /** For parts of the client that keep to one context. */
  ContextInternal vertxContext() {
    return context;
  }

  /** Runs {@code task} on this context, at once if the caller runs on it. */
  void run(Runnable task) {
    Contexts.run(context, task);
  }

  /** Runs {@code task} on this context, after the present task. */
  void later(Runnable task) {
    context.runOnContext(nothing -> task.run());
  }

  /** Calls {@code listener} on this context when {@code future} completes. */
  <T> void onComplete(Future<T> future, Completable<T> listener) {
    future.onComplete(
        done ->
            run(
                () -> {
                  if (done.succeeded()) {
                    listener.complete(done.result(), null);
                  } else {
                    listener.complete(null, done.cause());
                  }
                }));
  }

  /**
   * Runs {@code task} on this context once {@code millis} have passed; to be called on this
   * context.
   */
  long timer(long millis, Runnable task) {
    return vertx.setTimer(Math.max(1, millis), id -> run(task));
  }

  void cancel(long timer) {
    vertx.cancelTimer(timer);
  }

  /** A promise whose future completes on the caller's context. */
  <T extends @Nullable Object> Promise<T> promise() {
    return vertx.getOrCreateContext().promise();
  }

  /** A future with the same result that completes on the caller's context. */
  <T> Future<T> onCallersContext(Future<T> future) {
    Promise<T> promise = promise();
    future.onComplete(promise);
    return promise.future();
  }

  ClassLoader classLoader() {
    return ManagerContext.class.getClassLoader();
  }
}
