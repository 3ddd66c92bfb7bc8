package io.quorate.vertx.service;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.TimeUnit;

/**
 * A lease that is kept alive until it is closed.
 *
 * <p>It is lost when the service reports that it is gone, or when its time has passed since the
 * last confirmed renewal was sent. So {@link #isAlive} never returns true after others may have
 * seen the lease end, unless the clocks run at different speeds. A lost lease stays lost.
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

  /** The granted time to live. */
  public long ttlSeconds() {
    return ttlSeconds;
  }

  /** False once the lease is lost or closed. Any thread. */
  public boolean isAlive() {
    return !over && System.nanoTime() - holdsUntilNanos < 0;
  }

  /** Completes when the lease is lost. Does not complete if it is closed before. Never fails. */
  public Future<Void> lost() {
    return lost.future();
  }

  /**
   * Stops renewing the lease and revokes it. Completes within the request time-out even without an
   * answer; the lease then expires. Further calls have no effect.
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

  /** Renewals may be answered out of order. */
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
