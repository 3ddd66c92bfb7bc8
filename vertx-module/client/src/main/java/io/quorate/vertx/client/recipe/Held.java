package io.quorate.vertx.client.recipe;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.Result;
import io.quorate.vertx.client.Compares;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.Session;
import io.quorate.vertx.client.WatchOptions;
import io.quorate.vertx.client.WatchStream;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import org.jspecify.annotations.Nullable;

/**
 * A lock, permit or barrier that is held until it is released, its session ends, or its key is
 * deleted by another client.
 *
 * <p>A process can be suspended between a call of {@link #isHeld} and the action that depends on
 * it. So protect the action itself: a change in the store by a transaction with {@link #guard},
 * anything else by comparing {@link #fencingToken}, which is larger for each later holder.
 */
public final class Held {
  private final QuorateClient client;
  private final Session session;
  private final ContextInternal context;
  private final Bytes key;
  private final long createRevision;
  private final Promise<Void> lost = Promise.promise();
  private final Promise<Void> released = Promise.promise();
  private volatile boolean over;
  private boolean releasing;
  private @Nullable WatchStream watch;

  /** To be called on {@code context}. */
  Held(
      QuorateClient client,
      Session session,
      ContextInternal context,
      Bytes key,
      long createRevision) {
    this.client = client;
    this.session = session;
    this.context = context;
    this.key = key;
    this.createRevision = createRevision;
    session.ended().onComplete(v -> context.runOnContext(w -> lose()));
    watchOwnKey(createRevision + 1);
  }

  private void watchOwnKey(long startRevision) {
    if (over) {
      return;
    }
    WatchStream opened =
        client.watch(new WatchOptions(KeyRange.single(key), startRevision, false, true, false));
    watch = opened;
    opened.exceptionHandler(compacted -> checkOwnKey());
    opened.handler(
        batch -> {
          if (!batch.events().isEmpty()) {
            lose();
          }
        });
  }

  /** Reads the own key after compaction has ended the watch. */
  private void checkOwnKey() {
    if (over) {
      return;
    }
    client
        .store()
        .range(Command.Range.of(KeyRange.single(key)))
        .onComplete(
            (Result.@Nullable Ranged read, @Nullable Throwable failure) -> {
              if (read == null) {
                context.setTimer(TransientErrors.RETRY_MILLIS, id -> checkOwnKey());
              } else if (read.kvs().isEmpty()
                  || read.kvs().get(0).createRevision() != createRevision) {
                lose();
              } else {
                watchOwnKey(read.revision() + 1);
              }
            });
  }

  private void lose() {
    if (!over) {
      over = true;
      closeWatch();
      lost.tryComplete();
    }
  }

  private void closeWatch() {
    WatchStream open = watch;
    watch = null;
    if (open != null) {
      open.close();
    }
  }

  /** The key that represents it in the store. */
  public Bytes key() {
    return key;
  }

  /** Larger for each later holder of the same name. */
  public long fencingToken() {
    return createRevision;
  }

  /**
   * Never true when another holder may exist, as far as this process's clock can tell. Any thread.
   */
  public boolean isHeld() {
    return !over && session.isAlive();
  }

  /** Completes when it is no longer held without having been released. Never fails. */
  public Future<Void> lost() {
    return lost.future();
  }

  /** A condition that is true in the store only while this is held. */
  public Command.Compare guard() {
    return Compares.createRevision(key).isEqualTo(createRevision);
  }

  /** The session that keeps it. */
  Session session() {
    return session;
  }

  /**
   * Releases it; {@link #isHeld} is false from the call on. Completes when the key is gone or the
   * session has ended. Further calls have no effect.
   */
  public Future<Void> release() {
    over = true;
    Promise<Void> done = ((ContextInternal) client.vertx().getOrCreateContext()).promise();
    context.runOnContext(
        v -> {
          closeWatch();
          if (!releasing) {
            releasing = true;
            remove(client, session, context, key, createRevision).onComplete(released);
          }
          released.future().onComplete(done);
        });
    return done.future();
  }

  /**
   * Replaces the key's value while it is held.
   *
   * @return false if it is no longer held
   */
  Future<Boolean> put(Bytes value) {
    Promise<Boolean> promise = ((ContextInternal) client.vertx().getOrCreateContext()).promise();
    put(value, promise);
    return promise.future();
  }

  private void put(Bytes value, Promise<Boolean> promise) {
    if (!isHeld()) {
      promise.complete(false);
      return;
    }
    client
        .txn()
        .when(guard())
        .then(Command.Put.of(key, value).onLease(session.leaseId()))
        .commit()
        .onComplete(
            (done, failure) -> {
              if (done != null) {
                promise.complete(done.succeeded());
              } else if (failure != null && !TransientErrors.isTransient(failure)) {
                promise.fail(failure);
              } else {
                context.setTimer(TransientErrors.RETRY_MILLIS, id -> put(value, promise));
              }
            });
  }

  /**
   * Deletes a key of the session. Repeats that until the key is gone, or the session has ended and
   * its lease deletes the key. Never fails.
   *
   * @param createRevision 0 if it is unknown; the name of the key is unique
   */
  static Future<Void> remove(
      QuorateClient client,
      Session session,
      ContextInternal context,
      Bytes key,
      long createRevision) {
    Promise<Void> removed = Promise.promise();
    session.ended().onComplete(v -> context.runOnContext(w -> removed.tryComplete()));
    remove(client, session, context, key, createRevision, removed);
    return removed.future();
  }

  private static void remove(
      QuorateClient client,
      Session session,
      ContextInternal context,
      Bytes key,
      long createRevision,
      Promise<Void> removed) {
    if (!session.isAlive()) {
      removed.tryComplete();
      return;
    }
    Command.Compare ours =
        createRevision == 0
            ? Compares.createRevision(key).isGreaterThan(0)
            : Compares.createRevision(key).isEqualTo(createRevision);
    client
        .txn()
        .when(ours)
        .then(new Command.DeleteRange(KeyRange.single(key), false))
        .commit()
        .onComplete(
            (done, failure) -> {
              if (done != null) {
                removed.tryComplete();
              } else {
                context.setTimer(
                    TransientErrors.RETRY_MILLIS,
                    id -> remove(client, session, context, key, createRevision, removed));
              }
            });
  }
}
