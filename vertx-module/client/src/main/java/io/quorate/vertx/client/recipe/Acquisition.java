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
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One waiting entry in a line, on one context. Its key is unique, so entering can be repeated when
 * the outcome is unknown: the repetition finds the key and its revision.
 */
final class Acquisition {
  /** No time limit. */
  static final long NO_TIMEOUT = Long.MAX_VALUE;

  private static final AtomicLong NUMBERS = new AtomicLong();
  private static final long GIVE_UP_MILLIS = 1_000;
  private static final long SECOND_SWEEP_MILLIS = 10_000;
  private static final long NONE = -1;

  private final QuorateClient client;
  private final Session session;
  private final ContextInternal context;
  private final Promise<Held> promise;
  private final String what;
  private final Bytes key;
  private final Bytes value;
  private final Turn turn;
  private final long timeoutMillis;
  private long timer = NONE;
  private @Nullable WatchStream watch;
  private long createRevision;
  private boolean entering;
  private boolean outcomeOpen;
  private boolean over;
  private Runnable swept = () -> {};

  private Acquisition(
      QuorateClient client,
      Session session,
      String what,
      Bytes key,
      Bytes value,
      Turn turn,
      long timeoutMillis) {
    this.client = client;
    this.session = session;
    this.context = (ContextInternal) client.vertx().getOrCreateContext();
    this.promise = context.promise();
    this.what = what;
    this.key = key;
    this.value = value;
    this.turn = turn;
    this.timeoutMillis = timeoutMillis;
  }

  /**
   * Enters the line at {@code prefix}. Completes when the turn has come.
   *
   * @param what description, for messages
   * @param timeoutMillis 0 to fail unless the turn comes at once
   * @param canceled gives up waiting when it completes
   */
  static Future<Held> begin(
      QuorateClient client,
      Session session,
      String what,
      Bytes prefix,
      Bytes value,
      Turn turn,
      long timeoutMillis,
      @Nullable Future<?> canceled) {
    Bytes key =
        Bytes.utf8(
            prefix.utf8() + Long.toHexString(session.leaseId()) + '-' + NUMBERS.incrementAndGet());
    Acquisition acquisition =
        new Acquisition(client, session, what, key, value, turn, timeoutMillis);
    acquisition.context.runOnContext(v -> acquisition.start(canceled));
    return acquisition.promise.future();
  }

  private void start(@Nullable Future<?> canceled) {
    if (!session.isAlive()) {
      over = true;
      promise.fail(new NotAcquiredException(what + ": the session is over"));
      return;
    }
    onContext(session.ended(), "the session is over");
    if (canceled != null) {
      onContext(canceled, "taken back");
    }
    if (timeoutMillis > 0 && timeoutMillis != NO_TIMEOUT) {
      timer = context.setTimer(timeoutMillis, id -> giveUp(notAcquired("timed out")));
    }
    enter();
  }

  private void onContext(Future<?> event, String reason) {
    event.onComplete(v -> context.runOnContext(w -> giveUp(notAcquired(reason))));
  }

  private NotAcquiredException notAcquired(String reason) {
    return new NotAcquiredException(what + ": " + reason);
  }

  private void enter() {
    entering = true;
    client
        .txn()
        .when(Compares.createRevision(key).isEqualTo(0))
        .then(Command.Put.of(key, value).onLease(session.leaseId()))
        .otherwise(Command.Range.of(KeyRange.single(key)))
        .commit()
        .onComplete(
            (done, failure) -> {
              entering = false;
              if (done != null) {
                outcomeOpen = false;
                createRevision = done.succeeded() ? done.revision() : created(done, 0);
              } else if (failure != null && TransientErrors.isTransient(failure)) {
                outcomeOpen = true;
              }
              if (over) {
                sweep();
              } else if (done != null) {
                look();
              } else {
                again(failure, this::enter);
              }
            });
  }

  /**
   * The create revision of the own key, as read by the operation with that index; 0 if there is
   * none.
   */
  private static long created(Result.TxnDone done, int index) {
    List<KeyValue> kvs = ((Result.Ranged) done.responses().get(index)).kvs();
    return kvs.isEmpty() ? 0 : kvs.get(0).createRevision();
  }

  private void again(@Nullable Throwable failure, Runnable step) {
    if (failure != null && !TransientErrors.isTransient(failure)) {
      giveUp(failure);
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
    if (created(done, 1) != createRevision) {
      giveUp(notAcquired("its key was removed"));
      return;
    }
    Turn.Obstacle obstacle = turn.obstacle((Result.Ranged) done.responses().get(0));
    if (obstacle == null) {
      finish();
      promise.complete(new Held(client, session, context, key, createRevision));
    } else if (timeoutMillis == 0) {
      giveUp(notAcquired("held by another"));
    } else {
      await(obstacle, done.revision());
    }
  }

  private void await(Turn.Obstacle obstacle, long revision) {
    WatchStream opened =
        client.watch(
            new WatchOptions(obstacle.range(), revision + 1, false, obstacle.deletesOnly(), false));
    watch = opened;
    opened.exceptionHandler(compacted -> lookAgain(opened));
    opened.handler(
        batch -> {
          if (!batch.events().isEmpty()) {
            lookAgain(opened);
          }
        });
  }

  private void lookAgain(WatchStream changed) {
    if (watch == changed && !over) {
      closeWatch();
      look();
    }
  }

  private void closeWatch() {
    WatchStream open = watch;
    watch = null;
    if (open != null) {
      open.close();
    }
  }

  private void finish() {
    over = true;
    closeWatch();
    if (timer != NONE) {
      client.vertx().cancelTimer(timer);
    }
  }

  private void giveUp(Throwable cause) {
    if (over) {
      return;
    }
    finish();
    if (!session.isAlive()) {
      promise.fail(cause); // the key is deleted with the lease
      return;
    }
    long bound = context.setTimer(GIVE_UP_MILLIS, id -> promise.tryFail(cause));
    swept =
        () -> {
          client.vertx().cancelTimer(bound);
          promise.tryFail(cause);
        };
    if (!entering) {
      sweep();
    }
  }

  /** Deletes the key. Repeats that until the session ends, which deletes the key anyway. */
  private void sweep() {
    Held.remove(client, session, context, key, createRevision)
        .onComplete(
            done -> {
              swept.run();
              if (outcomeOpen && session.isAlive()) {
                sweepOnceMore();
              }
            });
  }

  /** A request without an answer may still be on its way to the log: delete again later. */
  private void sweepOnceMore() {
    long later =
        context.setTimer(
            SECOND_SWEEP_MILLIS, id -> Held.remove(client, session, context, key, createRevision));
    session.ended().onComplete(v -> client.vertx().cancelTimer(later));
  }
}
