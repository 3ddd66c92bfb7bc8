package io.quorate.vertx.client.recipe;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.vertx.client.Compares;
import io.quorate.vertx.client.QuorateClient;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.TimeUnit;

/**
 * One call that waits in a {@link LeaseLine}. It puts its key when it enters, even if the key
 * exists: the newest put decides which call the place belongs to.
 */
final class LeaseWait extends LineEntry<LeaseLine.Place> {
  private final Bytes value;
  private final long leaseId;
  private long untilNanos;
  private long modRevision;

  LeaseWait(
      QuorateClient client,
      ContextInternal context,
      String name,
      Bytes key,
      Bytes value,
      long leaseId,
      Turn turn,
      long waitMillis) {
    super(client, context, name, key, turn, waitMillis);
    this.value = value;
    this.leaseId = leaseId;
  }

  Future<LeaseLine.Place> future() {
    return promise.future();
  }

  void start() {
    untilNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMillis);
    startTimer();
    enter();
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
                createRevision = done.succeeded() ? done.revision() : own(done).createRevision();
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

  private static KeyValue own(Result.TxnDone done) {
    KeyValue found = read(done, 1);
    if (found == null) {
      throw new IllegalStateException("a key that was just put is not there");
    }
    return found;
  }

  @Override
  LeaseLine.Place acquired(long revision) {
    return new LeaseLine.Place(key, createRevision, revision);
  }

  @Override
  boolean isReplaced(KeyValue own) {
    return own.modRevision() != modRevision;
  }

  @Override
  boolean mayRetry() {
    return System.nanoTime() - untilNanos < 0;
  }

  /** Watches the own key, too: it changes when a newer call has the place or the lease ends. */
  @Override
  void await(Turn.Obstacle obstacle, long revision) {
    super.await(obstacle, revision);
    watch(KeyRange.single(key), false, revision);
  }

  /** Most likely the key was deleted with its lease. */
  @Override
  void keyRemoved() {
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

  @Override
  void withdraw(Runnable done) {
    withdraw().onComplete(v -> done.run());
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
