package io.quorate.vertx.client.recipe;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.vertx.client.Compares;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.WatchOptions;
import io.quorate.vertx.client.WatchStream;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One call that waits in a {@link LeaseLine}, on one context. It puts its key when it enters, even
 * if the key exists: the newest put decides which call the place belongs to.
 */
final class LeaseWait {
  private static final long GIVE_UP_MILLIS = 1_000;
  private static final long NONE = -1;

  private final QuorateClient client;
  private final ContextInternal context;
  private final String name;
  private final Bytes key;
  private final Bytes value;
  private final long leaseId;
  private final Turn turn;
  private final long waitMillis;
  private final Promise<LeaseLine.Place> promise;
  private final List<WatchStream> watches = new ArrayList<>();
  private long untilNanos;
  private long timer = NONE;
  private long createRevision;
  private long modRevision;
  private boolean over;

  LeaseWait(
      QuorateClient client,
      ContextInternal context,
      String name,
      Bytes key,
      Bytes value,
      long leaseId,
      Turn turn,
      long waitMillis) {
    this.client = client;
    this.context = context;
    this.name = name;
    this.key = key;
    this.value = value;
    this.leaseId = leaseId;
    this.turn = turn;
    this.waitMillis = waitMillis;
    this.promise = context.promise();
  }

  Future<LeaseLine.Place> future() {
    return promise.future();
  }

  void start() {
    untilNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMillis);
    if (waitMillis > 0) {
      timer = context.setTimer(waitMillis, id -> giveUp(notAcquired("timed out")));
    }
    enter();
  }

  private NotAcquiredException notAcquired(String reason) {
    return new NotAcquiredException(name + ": " + reason);
  }

  private void enter() {
    Command.Put put = Command.Put.of(key, value).onLease(leaseId);
    client
        .txn()
        .when(Compares.createRevision(key).isEqualTo(0))
        .then(put)
        .otherwise(put, Command.Range.of(KeyRange.single(key)))
        .commit()
        .onComplete(
            (done, failure) -> {
              if (done != null) {
                modRevision = done.revision();
                createRevision = done.succeeded() ? done.revision() : own(done, 1).createRevision();
              }
              if (over) {
                withdraw();
              } else if (done != null) {
                look();
              } else {
                again(failure, this::enter);
              }
            });
  }

  private static @Nullable KeyValue find(Result.TxnDone done, int index) {
    List<KeyValue> kvs = ((Result.Ranged) done.responses().get(index)).kvs();
    return kvs.isEmpty() ? null : kvs.get(0);
  }

  private static KeyValue own(Result.TxnDone done, int index) {
    KeyValue found = find(done, index);
    if (found == null) {
      throw new IllegalStateException("a key that was just put is not there");
    }
    return found;
  }

  /** Entering can be repeated: it finds its own key. */
  private void again(@Nullable Throwable failure, Runnable step) {
    Throwable cause = failure == null ? notAcquired("no answer") : failure;
    if (!TransientErrors.isTransient(cause) || System.nanoTime() - untilNanos >= 0) {
      giveUp(cause);
      return;
    }
    context.setTimer(
        TransientErrors.RETRY_MILLIS,
        id -> {
          if (!over) {
            step.run();
          }
        });
  }

  private void look() {
    client
        .txn()
        .then(turn.ahead(createRevision), Command.Range.of(KeyRange.single(key)))
        .commit()
        .onComplete(
            (done, failure) -> {
              if (over) {
                return;
              }
              if (done == null) {
                again(failure, this::look);
              } else {
                looked(done);
              }
            });
  }

  private void looked(Result.TxnDone done) {
    KeyValue own = find(done, 1);
    if (own == null || own.createRevision() != createRevision) {
      gone();
      return;
    }
    Turn.Obstacle obstacle = turn.obstacle((Result.Ranged) done.responses().get(0));
    if (obstacle == null) {
      finish();
      promise.complete(new LeaseLine.Place(key, createRevision, done.revision()));
    } else if (own.modRevision() != modRevision) {
      finish();
      promise.fail(notAcquired("its lease has asked again since"));
    } else if (waitMillis == 0) {
      giveUp(notAcquired("held by another"));
    } else {
      watch(obstacle.range(), obstacle.deletesOnly(), done.revision());
      watch(KeyRange.single(key), false, done.revision());
    }
  }

  private void watch(KeyRange range, boolean deletesOnly, long revision) {
    WatchStream opened =
        client.watch(new WatchOptions(range, revision + 1, false, deletesOnly, false));
    watches.add(opened);
    opened.exceptionHandler(ended -> lookAgain(opened));
    opened.handler(
        batch -> {
          if (!batch.events().isEmpty()) {
            lookAgain(opened);
          }
        });
  }

  private void lookAgain(WatchStream changed) {
    if (watches.contains(changed) && !over) {
      closeWatches();
      look();
    }
  }

  private void closeWatches() {
    List<WatchStream> open = List.copyOf(watches);
    watches.clear();
    open.forEach(WatchStream::close);
  }

  /** The key was deleted, most likely with its lease. */
  private void gone() {
    finish();
    client
        .store()
        .leaseTimeToLive(leaseId, false)
        .onComplete(
            (time, failure) ->
                promise.fail(
                    time != null && time.ttlSeconds() < 0
                        ? EtcdError.LEASE_NOT_FOUND.exception()
                        : notAcquired("its key was removed")));
  }

  private void finish() {
    over = true;
    closeWatches();
    if (timer != NONE) {
      client.vertx().cancelTimer(timer);
    }
  }

  /**
   * Deletes the key, but waits only a bounded time for that: otherwise the key is deleted with the
   * lease.
   */
  private void giveUp(Throwable cause) {
    if (over) {
      return;
    }
    finish();
    long bound = context.setTimer(GIVE_UP_MILLIS, id -> promise.tryFail(cause));
    withdraw()
        .onComplete(
            v -> {
              client.vertx().cancelTimer(bound);
              promise.tryFail(cause);
            });
  }

  /** Deletes the key unless a newer call has put it since. */
  private Future<Result.TxnDone> withdraw() {
    return modRevision == 0
        ? Future.failedFuture("nothing was put")
        : client
            .txn()
            .when(Compares.modRevision(key).isEqualTo(modRevision))
            .then(new Command.DeleteRange(KeyRange.single(key), false))
            .commit();
  }
}
