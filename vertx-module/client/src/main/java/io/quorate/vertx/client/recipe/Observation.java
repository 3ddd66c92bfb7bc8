package io.quorate.vertx.client.recipe;

import io.quorate.command.Bytes;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.WatchOptions;
import io.quorate.vertx.client.WatchStream;
import io.quorate.vertx.support.Contexts;
import io.quorate.vertx.support.Delivery;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.streams.ReadStream;
import org.jspecify.annotations.Nullable;

/**
 * The leaders of an election, one after the other. Each change of the election's keys makes it read
 * the current leader again. Changes during a read lead to one more read, and an undelivered leader
 * is replaced by a newer one, so its memory is bounded.
 */
public final class Observation implements ReadStream<KeyValue> {
  private final QuorateClient client;
  private final Bytes prefix;
  private final ContextInternal context;
  private final Delivery<KeyValue> delivery;
  private @Nullable WatchStream watch;
  private long seenRevision;
  private boolean looking;
  private boolean changed;

  Observation(QuorateClient client, Bytes prefix, ContextInternal context) {
    this.client = client;
    this.prefix = prefix;
    this.context = context;
    this.delivery = new Delivery<>(context::reportException, () -> {}, () -> {});
    context.runOnContext(v -> look());
  }

  private void look() {
    if (isOver()) {
      return;
    }
    if (looking) {
      changed = true;
      return;
    }
    looking = true;
    client.store().range(Election.first(prefix)).onComplete(this::looked);
  }

  private void looked(Result.@Nullable Ranged read, @Nullable Throwable failure) {
    looking = false;
    if (isOver()) {
      return;
    }
    if (read == null) {
      if (failure != null && !TransientErrors.isTransient(failure)) {
        fail(failure);
      } else {
        context.setTimer(TransientErrors.RETRY_MILLIS, id -> look());
      }
      return;
    }
    if (watch == null) {
      watchFrom(read.revision() + 1);
    }
    if (!read.kvs().isEmpty() && read.kvs().get(0).modRevision() != seenRevision) {
      KeyValue leader = read.kvs().get(0);
      seenRevision = leader.modRevision();
      delivery.replaceLast(leader);
    }
    if (changed) {
      changed = false;
      look();
    }
  }

  private void watchFrom(long revision) {
    WatchStream opened =
        client.watch(WatchOptions.of(KeyRange.prefix(prefix)).startingAt(revision));
    watch = opened;
    opened.exceptionHandler(
        compacted -> {
          watch = null;
          look();
        });
    opened.handler(
        batch -> {
          if (!batch.events().isEmpty()) {
            look();
          }
        });
  }

  private void fail(Throwable failure) {
    closeWatch();
    delivery.fail(failure);
  }

  private boolean isOver() {
    return delivery.hasEnded() || delivery.hasFailed();
  }

  private void closeWatch() {
    WatchStream open = watch;
    watch = null;
    if (open != null) {
      open.close();
    }
  }

  private void run(Runnable task) {
    Contexts.run(context, task);
  }

  @Override
  public Observation exceptionHandler(@Nullable Handler<Throwable> exceptionHandler) {
    run(() -> delivery.exceptionHandler(exceptionHandler));
    return this;
  }

  @Override
  public Observation handler(@Nullable Handler<KeyValue> handler) {
    run(() -> delivery.handler(handler));
    return this;
  }

  @Override
  public Observation pause() {
    run(delivery::pause);
    return this;
  }

  @Override
  public Observation resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public Observation fetch(long amount) {
    long checked = Delivery.checkedAmount(amount);
    run(() -> delivery.fetch(checked));
    return this;
  }

  @Override
  public Observation endHandler(@Nullable Handler<Void> endHandler) {
    run(() -> delivery.endHandler(endHandler));
    return this;
  }

  /** Ends the observation. No handler is called afterwards. */
  public Future<Void> close() {
    Promise<Void> closed = ((ContextInternal) client.vertx().getOrCreateContext()).promise();
    run(
        () -> {
          delivery.end();
          closeWatch();
          closed.complete();
        });
    return closed.future();
  }
}
