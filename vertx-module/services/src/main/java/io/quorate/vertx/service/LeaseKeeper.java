package io.quorate.vertx.service;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.TimeUnit;

/**
 * A lease that is kept alive until it is closed.
 *
 * <p>It is lost when the store says so, and already when no renewal has been confirmed for the
 * lease's time, counted from when the last confirmed one was sent: nobody is told that it holds
 * while another may see it gone. A lost one does not come back.
 */
public final class LeaseKeeper {
  private static final long NONE = -1;
  private static final int RENEWALS = 3;
  private static final int MAX_UNDER_WAY = 4;

  private final Vertx vertx;
  private final ContextInternal context;
  private final LeaseService leases;
  private final String leaseId;
  private final long ttlSeconds;
  private final Promise<Void> lost;
  private final Promise<Void> givenBack = Promise.promise();
  private volatile long holdsUntilNanos;
  private volatile boolean over;
  private long renewTimer = NONE;
  private long endTimer = NONE;
  private int underWay;

  private LeaseKeeper(
      Vertx vertx,
      ContextInternal context,
      LeaseService leases,
      LeaseGranted granted,
      long sentNanos) {
    this.vertx = vertx;
    this.context = context;
    this.leases = leases;
    this.leaseId = granted.getLeaseId();
    this.ttlSeconds = granted.getTtlSeconds();
    this.lost = context.promise();
    this.holdsUntilNanos = sentNanos + TimeUnit.SECONDS.toNanos(ttlSeconds);
  }

  static Future<LeaseKeeper> grant(Vertx vertx, LeaseService leases, long ttlSeconds) {
    ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
    Promise<LeaseKeeper> promise = context.promise();
    context.runOnContext(
        v -> {
          long sentNanos = System.nanoTime();
          leases
              .grant(ttlSeconds)
              .map(
                  granted -> {
                    LeaseKeeper keeper =
                        new LeaseKeeper(vertx, context, leases, granted, sentNanos);
                    keeper.scheduleRenewal();
                    keeper.scheduleEnd();
                    return keeper;
                  })
              .onComplete(promise);
        });
    return promise.future();
  }

  /** In hex. */
  public String leaseId() {
    return leaseId;
  }

  /** As granted. */
  public long ttlSeconds() {
    return ttlSeconds;
  }

  /** False once it is lost or closed. Any thread. */
  public boolean isAlive() {
    return !over && System.nanoTime() - holdsUntilNanos < 0;
  }

  /** Completes when the lease is lost; never, if it is closed before. Never fails. */
  public Future<Void> lost() {
    return lost.future();
  }

  /**
   * Stops renewing the lease and revokes it. Completes within the request time-out in any case: the
   * lease then runs out by itself. Calling it again changes nothing.
   */
  public Future<Void> close() {
    Promise<Void> closed = ((ContextInternal) vertx.getOrCreateContext()).promise();
    context.runOnContext(
        v -> {
          if (!over) {
            finish();
            leases.revoke(leaseId).onComplete(revoked -> givenBack.complete());
          }
          givenBack.future().onComplete(closed);
        });
    return closed.future();
  }

  private void scheduleRenewal() {
    long millis = Math.max(1, TimeUnit.SECONDS.toMillis(ttlSeconds) / RENEWALS);
    renewTimer = context.setTimer(millis, id -> renew());
  }

  private void renew() {
    scheduleRenewal();
    if (underWay >= MAX_UNDER_WAY) {
      return;
    }
    underWay++;
    long sentNanos = System.nanoTime();
    leases
        .keepAlive(leaseId)
        .onComplete(
            (time, failure) -> {
              underWay--;
              if (over) {
                return;
              }
              if (time != null) {
                confirmed(sentNanos + TimeUnit.SECONDS.toNanos(time.getTtlSeconds()));
              } else if (failure != null
                  && ServiceFailure.of(failure) == ServiceFailure.LEASE_NOT_FOUND) {
                lose();
              }
            });
  }

  /** Answers may come in another order than they were asked for. */
  private void confirmed(long untilNanos) {
    if (isAlive() && untilNanos - holdsUntilNanos > 0) {
      holdsUntilNanos = untilNanos;
      scheduleEnd();
    }
  }

  private void scheduleEnd() {
    vertx.cancelTimer(endTimer);
    long left = TimeUnit.NANOSECONDS.toMillis(holdsUntilNanos - System.nanoTime());
    endTimer = context.setTimer(Math.max(1, left + 1), id -> lose());
  }

  private void lose() {
    if (!over) {
      finish();
      givenBack.complete();
      lost.complete();
    }
  }

  private void finish() {
    over = true;
    vertx.cancelTimer(renewTimer);
    vertx.cancelTimer(endTimer);
  }
}
