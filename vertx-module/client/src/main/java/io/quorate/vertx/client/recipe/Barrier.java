package io.quorate.vertx.client.recipe;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.vertx.client.Compares;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.Session;
import io.quorate.vertx.client.WatchOptions;
import io.quorate.vertx.client.WatchStream;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A barrier that one session holds. Others wait until it is released. Any thread. */
public final class Barrier {
  private final QuorateClient client;
  private final String name;
  private final Bytes key;

  /**
   * @param name also the key
   */
  public Barrier(QuorateClient client, String name) {
    this.client = client;
    this.name = name;
    this.key = Bytes.utf8(name);
  }

  /**
   * Holds the barrier until {@link Held#release}. Fails with {@link NotAcquiredException} if it is
   * held.
   *
   * @param session its end releases the barrier
   */
  public Future<Held> hold(Session session) {
    ContextInternal context = (ContextInternal) client.vertx().getOrCreateContext();
    Promise<Held> promise = context.promise();
    Bytes token = Bytes.utf8(UUID.randomUUID().toString());
    context.runOnContext(v -> hold(session, context, token, promise));
    return promise.future();
  }

  /** The token shows a repeated request that the earlier attempt has put the key. */
  private void hold(Session session, ContextInternal context, Bytes token, Promise<Held> promise) {
    if (!session.isAlive()) {
      promise.fail(new NotAcquiredException("barrier " + name + ": the session is over"));
      return;
    }
    client
        .txn()
        .when(Compares.createRevision(key).isEqualTo(0))
        .then(Command.Put.of(key, token).onLease(session.leaseId()))
        .otherwise(Command.Range.of(KeyRange.single(key)))
        .commit()
        .onComplete(
            (done, failure) -> {
              if (done != null) {
                held(session, context, token, promise, done);
              } else if (failure != null && TransientErrors.isTransient(failure)) {
                context.setTimer(
                    TransientErrors.RETRY_MILLIS, id -> hold(session, context, token, promise));
              } else {
                promise.fail(failure);
              }
            });
  }

  private void held(
      Session session,
      ContextInternal context,
      Bytes token,
      Promise<Held> promise,
      Result.TxnDone done) {
    long revision = done.revision();
    if (!done.succeeded()) {
      KeyValue present = ((Result.Ranged) done.responses().get(0)).kvs().get(0);
      if (!present.value().equals(token)) {
        promise.fail(new NotAcquiredException("barrier " + name + ": held by another"));
        return;
      }
      revision = present.createRevision();
    }
    promise.complete(new Held(client, session, context, key, revision));
  }

  /**
   * Completes when the barrier is not held.
   *
   * @param timeoutMillis after that time it fails with {@link NotAcquiredException}
   */
  public Future<Void> await(long timeoutMillis) {
    ContextInternal context = (ContextInternal) client.vertx().getOrCreateContext();
    Wait wait = new Wait(context);
    context.runOnContext(v -> wait.begin(timeoutMillis));
    return wait.promise.future();
  }

  private final class Wait {
    private final ContextInternal context;
    private final Promise<Void> promise;
    private @Nullable WatchStream watch;
    private boolean over;

    Wait(ContextInternal context) {
      this.context = context;
      this.promise = context.promise();
    }

    void begin(long timeoutMillis) {
      long timer =
          context.setTimer(
              Math.max(1, timeoutMillis),
              id -> end(new NotAcquiredException("barrier " + name + ": timed out")));
      promise.future().onComplete(v -> client.vertx().cancelTimer(timer));
      look();
    }

    private void look() {
      client
          .store()
          .range(Command.Range.of(KeyRange.single(key)))
          .onComplete(
              (read, failure) -> {
                if (over) {
                  return;
                }
                if (read == null) {
                  again(failure);
                } else if (read.kvs().isEmpty()) {
                  end(null);
                } else {
                  await(read.revision() + 1);
                }
              });
    }

    private void again(@Nullable Throwable failure) {
      if (failure != null && !TransientErrors.isTransient(failure)) {
        end(failure);
      } else {
        context.setTimer(
            TransientErrors.RETRY_MILLIS,
            id -> {
              if (!over) {
                look();
              }
            });
      }
    }

    private void await(long startRevision) {
      WatchStream opened =
          client.watch(new WatchOptions(KeyRange.single(key), startRevision, false, true, false));
      watch = opened;
      opened.exceptionHandler(
          compacted -> {
            if (!over) {
              look();
            }
          });
      opened.handler(
          batch -> {
            if (!batch.events().isEmpty()) {
              end(null);
            }
          });
    }

    private void end(@Nullable Throwable failure) {
      if (over) {
        return;
      }
      over = true;
      WatchStream open = watch;
      if (open != null) {
        open.close();
      }
      if (failure == null) {
        promise.complete();
      } else {
        promise.fail(failure);
      }
    }
  }
}
