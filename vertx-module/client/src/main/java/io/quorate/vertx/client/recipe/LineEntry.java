package io.quorate.vertx.client.recipe;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.WatchOptions;
import io.quorate.vertx.client.WatchStream;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One entry in a line, on one context. It reads the keys before its own, and watches what is in the
 * way until its turn has come.
 */
abstract class LineEntry<T> {
  /** No time limit. */
  static final long NO_TIMEOUT = Long.MAX_VALUE;

  private static final long GIVE_UP_MILLIS = 1_000;
  private static final long NONE = -1;

  final QuorateClient client;
  final ContextInternal context;
  final Promise<T> promise;
  final Bytes key;
  final long waitMillis;
  private final String name;
  private final Turn turn;
  private final List<WatchStream> watches = new ArrayList<>();
  private long timer = NONE;
  long createRevision;
  boolean over;

  /**
   * @param name for messages
   * @param waitMillis 0 to fail unless the turn comes at once
   */
  LineEntry(
      QuorateClient client,
      ContextInternal context,
      String name,
      Bytes key,
      Turn turn,
      long waitMillis) {
    this.client = client;
    this.context = context;
    this.promise = context.promise();
    this.name = name;
    this.key = key;
    this.turn = turn;
    this.waitMillis = waitMillis;
  }

  /** The result, once the turn has come. */
  abstract T acquired(long revision);

  /** Whether a newer request has put the key. */
  abstract boolean isReplaced(KeyValue own);

  /** Called when the key was deleted while it waited. */
  abstract void keyRemoved();

  /** Whether a request that failed temporarily is sent again. */
  abstract boolean mayRetry();

  /** Deletes the key. Called after the wait has ended without success. */
  abstract void withdraw(Runnable done);

  final NotAcquiredException notAcquired(String reason) {
    return new NotAcquiredException(name + ": " + reason);
  }

  final void startTimer() {
    if (waitMillis > 0 && waitMillis != NO_TIMEOUT) {
      timer = context.setTimer(waitMillis, id -> giveUp(notAcquired("timed out")));
    }
  }

  /** The pair that the operation with that index has read; null if there is none. */
  static @Nullable KeyValue read(Result.TxnDone done, int index) {
    List<KeyValue> kvs = ((Result.Ranged) done.responses().get(index)).kvs();
    return kvs.isEmpty() ? null : kvs.get(0);
  }

  final void again(Throwable failure, Runnable step) {
    if (!TransientErrors.isTransient(failure) || !mayRetry()) {
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

  final void look() {
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
    KeyValue own = read(done, 1);
    if (own == null || own.createRevision() != createRevision) {
      keyRemoved();
      return;
    }
    Turn.Obstacle obstacle = turn.obstacle((Result.Ranged) done.responses().get(0));
    if (obstacle == null) {
      finish();
      promise.complete(acquired(done.revision()));
    } else if (isReplaced(own)) {
      finish();
      promise.fail(notAcquired("its lease has asked again since"));
    } else if (waitMillis == 0) {
      giveUp(notAcquired("held by another"));
    } else {
      await(obstacle, done.revision());
    }
  }

  /** Looks again when the obstacle has changed. */
  void await(Turn.Obstacle obstacle, long revision) {
    watch(obstacle.range(), obstacle.deletesOnly(), revision);
  }

  final void watch(KeyRange range, boolean deletesOnly, long revision) {
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

  final void finish() {
    over = true;
    closeWatches();
    if (timer != NONE) {
      client.vertx().cancelTimer(timer);
    }
  }

  /** Fails, after the key is deleted or {@value #GIVE_UP_MILLIS} ms. */
  final void giveUp(Throwable cause) {
    if (over) {
      return;
    }
    finish();
    long bound = context.setTimer(GIVE_UP_MILLIS, id -> promise.tryFail(cause));
    withdraw(
        () -> {
          client.vertx().cancelTimer(bound);
          promise.tryFail(cause);
        });
  }
}
