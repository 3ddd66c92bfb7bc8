package io.quorate.vertx.service;

import io.quorate.vertx.support.LeaseHold;
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

  private final Vertx vertx;
  private final ContextInternal context;
  private final LeaseService leases;
  private final String leaseId;
  private final long ttlSeconds;
  private final Promise<Void> lost;
  private final Promise<Void> givenBack = Promise.promise();
  private final LeaseHold hold;
  private volatile boolean over;
  private long timer = NONE;

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
    this.hold = new LeaseHold(ttlSeconds, sentNanos);
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
                    keeper.schedule();
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
    return !over && hold.holds(System.nanoTime());
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

  private void schedule() {
    vertx.cancelTimer(timer);
    long millis = TimeUnit.NANOSECONDS.toMillis(hold.nanosToNextStep(System.nanoTime())) + 1;
    timer = context.setTimer(Math.max(1, millis), id -> turn());
  }

  private void turn() {
    long nowNanos = System.nanoTime();
    if (!hold.holds(nowNanos)) {
      lose();
      return;
    }
    if (hold.isRenewalDue(nowNanos) && hold.beginRenewal(nowNanos)) {
      renew(nowNanos);
    }
    schedule();
  }

  private void renew(long sentNanos) {
    leases
        .keepAlive(leaseId)
        .onComplete(
            (time, failure) -> {
              if (over) {
                return;
              }
              if (time != null) {
                if (!hold.renewed(time.getTtlSeconds(), sentNanos, System.nanoTime())) {
                  lose();
                  return;
                }
              } else if (ServiceFailure.of(failure) == ServiceFailure.LEASE_NOT_FOUND) {
                lose();
                return;
              } else {
                hold.renewalFailed(System.nanoTime());
              }
              schedule();
            });
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
    vertx.cancelTimer(timer);
  }
}
