package io.quorate.vertx.client.recipe;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.Compares;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.Session;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The entry of a session in a line. Its key is unique, so entering can be repeated when the outcome
 * is unknown: the repetition finds the key and its revision.
 */
final class Acquisition extends LineEntry<Held> {
  private static final AtomicLong NUMBERS = new AtomicLong();
  private static final long SECOND_SWEEP_MILLIS = 10_000;

  private final Session session;
  private final Bytes value;
  private boolean entering;
  private boolean outcomeOpen;
  private Runnable swept = () -> {};

  private Acquisition(
      QuorateClient client,
      Session session,
      String name,
      Bytes key,
      Bytes value,
      Turn turn,
      long waitMillis) {
    super(
        client, (ContextInternal) client.vertx().getOrCreateContext(), name, key, turn, waitMillis);
    this.session = session;
    this.value = value;
  }

  /**
   * Enters the line at {@code prefix}. Completes when the turn has come.
   *
   * @param name for messages
   * @param waitMillis 0 to fail unless the turn comes at once
   * @param canceled gives up waiting when it completes
   */
  static Future<Held> begin(
      QuorateClient client,
      Session session,
      String name,
      Bytes prefix,
      Bytes value,
      Turn turn,
      long waitMillis,
      @Nullable Future<?> canceled) {
    Bytes key =
        Bytes.utf8(
            prefix.utf8() + Long.toHexString(session.leaseId()) + '-' + NUMBERS.incrementAndGet());
    Acquisition acquisition = new Acquisition(client, session, name, key, value, turn, waitMillis);
    acquisition.context.runOnContext(v -> acquisition.start(canceled));
    return acquisition.promise.future();
  }

  private void start(@Nullable Future<?> canceled) {
    if (!session.isAlive()) {
      over = true;
      promise.fail(notAcquired("the session is over"));
      return;
    }
    onContext(session.ended(), "the session is over");
    if (canceled != null) {
      onContext(canceled, "taken back");
    }
    startTimer();
    enter();
  }

  private void onContext(Future<?> event, String reason) {
    event.onComplete(v -> context.runOnContext(w -> giveUp(notAcquired(reason))));
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
                KeyValue own = done.succeeded() ? null : read(done, 0);
                createRevision =
                    done.succeeded() ? done.revision() : own == null ? 0 : own.createRevision();
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

  @Override
  Held acquired(long revision) {
    return new Held(client, session, context, key, createRevision);
  }

  /** The key is unique, so no other request puts it. Its holder may put it again. */
  @Override
  boolean isReplaced(KeyValue own) {
    return false;
  }

  @Override
  void keyRemoved() {
    giveUp(notAcquired("its key was removed"));
  }

  @Override
  boolean mayRetry() {
    return true; // until the time limit or the end of the session
  }

  @Override
  void withdraw(Runnable done) {
    if (!session.isAlive()) {
      done.run(); // the key is deleted with the lease
      return;
    }
    swept = done;
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
