package io.quorate.vertx.client.recipe;

import io.quorate.command.Bytes;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.WatchOptions;
import io.quorate.vertx.client.WatchStream;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.streams.ReadStream;
import org.jspecify.annotations.Nullable;

/**
 * The leaders of an election, one after the other. Any change in the line leads to another look at
 * who is first; that of changes in a row only the last look counts is what keeps it bounded.
 */
public final class Observation implements ReadStream<KeyValue> {
  private final QuorateClient client;
  private final Bytes prefix;
  private final ContextInternal context;
  private @Nullable WatchStream watch;
  private @Nullable KeyValue latest;
  private long toldRevision;
  private boolean looking;
  private boolean changed;
  private long demand = Long.MAX_VALUE;
  private @Nullable Handler<KeyValue> handler;
  private @Nullable Handler<Throwable> exceptionHandler;
  private @Nullable Handler<Void> endHandler;
  private boolean over;

  Observation(QuorateClient client, Bytes prefix, ContextInternal context) {
    this.client = client;
    this.prefix = prefix;
    this.context = context;
    context.runOnContext(v -> look());
  }

  private void look() {
    if (over) {
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
    if (over) {
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
    if (!read.kvs().isEmpty() && read.kvs().get(0).modRevision() != toldRevision) {
      latest = read.kvs().get(0);
      deliver();
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

  private void deliver() {
    KeyValue leader = latest;
    Handler<KeyValue> to = handler;
    if (over || leader == null || to == null || demand == 0) {
      return;
    }
    latest = null;
    toldRevision = leader.modRevision();
    if (demand != Long.MAX_VALUE) {
      demand--;
    }
    to.handle(leader);
  }

  private void fail(Throwable failure) {
    finish();
    Handler<Throwable> hears = exceptionHandler;
    if (hears != null) {
      hears.handle(failure);
    }
    end(endHandler);
  }

  @SuppressWarnings("NullAway") // Void has no other value
  private static void end(@Nullable Handler<Void> to) {
    if (to != null) {
      to.handle(null);
    }
  }

  private void finish() {
    over = true;
    latest = null;
    WatchStream open = watch;
    watch = null;
    if (open != null) {
      open.close();
    }
  }

  private void run(Runnable task) {
    if (context.isRunningOnContext()) {
      task.run();
    } else {
      context.runOnContext(v -> task.run());
    }
  }

  @Override
  public Observation exceptionHandler(@Nullable Handler<Throwable> exceptionHandler) {
    run(() -> this.exceptionHandler = exceptionHandler);
    return this;
  }

  @Override
  public Observation handler(@Nullable Handler<KeyValue> handler) {
    run(
        () -> {
          this.handler = handler;
          deliver();
        });
    return this;
  }

  @Override
  public Observation pause() {
    run(() -> demand = 0);
    return this;
  }

  @Override
  public Observation resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public Observation fetch(long amount) {
    if (amount < 0) {
      throw new IllegalArgumentException("amount " + amount);
    }
    run(
        () -> {
          demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
          deliver();
        });
    return this;
  }

  @Override
  public Observation endHandler(@Nullable Handler<Void> endHandler) {
    run(() -> this.endHandler = endHandler);
    return this;
  }

  /** Nothing is heard afterwards. */
  public Future<Void> close() {
    Promise<Void> closed = ((ContextInternal) client.vertx().getOrCreateContext()).promise();
    run(
        () -> {
          if (!over) {
            finish();
          }
          closed.complete();
        });
    return closed.future();
  }
}
