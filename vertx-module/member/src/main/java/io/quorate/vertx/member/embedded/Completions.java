package io.quorate.vertx.member.embedded;

import io.quorate.command.EtcdError;
import io.quorate.node.Callback;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Passes results from the node's threads to the contexts of the callers. All results that are ready
 * for one event loop are passed in one task, so a batch wakes the event loop once and its answers
 * can be flushed together.
 */
final class Completions {
  private final Vertx vertx;
  private final Consumer<Throwable> failed;
  private final ConcurrentHashMap<Executor, Lane> lanes = new ConcurrentHashMap<>();

  /** The queue of results for one event loop. */
  static final class Lane {
    private final Executor eventLoop;
    private final Consumer<Throwable> failed;
    private final ConcurrentLinkedQueue<Runnable> ready = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();

    Lane(Executor eventLoop, Consumer<Throwable> failed) {
      this.eventLoop = eventLoop;
      this.failed = failed;
    }

    void run(Runnable task) {
      ready.add(task);
      schedule();
    }

    private void schedule() {
      if (scheduled.compareAndSet(false, true)) {
        eventLoop.execute(this::drain);
      }
    }

    private void drain() {
      scheduled.set(false);
      Runnable task;
      while ((task = ready.poll()) != null) {
        try {
          task.run();
        } catch (Exception | Error e) {
          failed.accept(e); // a result was lost; its caller would wait for ever
        }
      }
    }
  }

  /**
   * @param failed called with whatever a task throws while it passes a result on
   */
  Completions(Vertx vertx, Consumer<Throwable> failed) {
    this.vertx = vertx;
    this.failed = failed;
  }

  /** The context of the caller, or a new one of this client's Vert.x. */
  ContextInternal context() {
    return (ContextInternal) vertx.getOrCreateContext();
  }

  /**
   * The queue for the event loop of {@code context}; results then move on to the context itself.
   */
  Lane lane(Context context) {
    return lanes.computeIfAbsent(
        ((ContextInternal) context).nettyEventLoop(), loop -> new Lane(loop, failed));
  }

  /**
   * Calls {@code question} and completes a future of the caller's context with the mapped result.
   *
   * @param wanted becomes false once nobody waits for the result any more
   */
  <T, R> Future<R> ask(
      Consumer<Callback<T>> question, Function<T, R> mapping, BooleanSupplier wanted) {
    ContextInternal context = context();
    Lane lane = lane(context);
    Promise<R> promise = context.promise();
    Callback<T> callback =
        new Callback<>() {
          @Override
          public void complete(T result) {
            lane.run(
                () -> {
                  R mapped;
                  try {
                    mapped = mapping.apply(result);
                  } catch (RuntimeException e) {
                    promise.tryFail(e);
                    return;
                  }
                  promise.tryComplete(mapped);
                });
          }

          @Override
          public void fail(EtcdError error) {
            lane.run(() -> promise.tryFail(error.exception()));
          }

          @Override
          public boolean isWanted() {
            return wanted.getAsBoolean();
          }
        };
    question.accept(callback);
    return promise.future();
  }
}
