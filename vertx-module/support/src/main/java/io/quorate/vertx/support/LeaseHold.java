package io.quorate.vertx.support;

import java.util.concurrent.TimeUnit;

/**
 * How long a lease certainly holds, and when to renew it, by the holder's own clock. A lease holds
 * from the moment the newest confirmed renewal was <em>sent</em>, so {@link #holds} never returns
 * true after others may have seen the lease end, unless the clocks run at different speeds.
 *
 * <p>It is renewed after each third of its time, even while the answer to the previous renewal is
 * missing: if a member hangs, one renewal fails, but the lease is kept. {@link #holds} may be
 * called on any thread, the other methods on one.
 */
public final class LeaseHold {
  private static final int MAX_UNDER_WAY = 4;
  private static final long MAX_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long MAX_TTL_SECONDS = TimeUnit.DAYS.toSeconds(10_000);

  private final long thirdNanos;
  private volatile long untilNanos;
  private long renewAtNanos;
  private int underWay;

  /**
   * @param ttlSeconds as granted
   * @param sentNanos when the request for the grant was sent
   */
  public LeaseHold(long ttlSeconds, long sentNanos) {
    this.thirdNanos = nanos(ttlSeconds) / 3;
    this.untilNanos = sentNanos + nanos(ttlSeconds);
    this.renewAtNanos = sentNanos + thirdNanos;
  }

  private static long nanos(long ttlSeconds) {
    return TimeUnit.SECONDS.toNanos(Math.min(ttlSeconds, MAX_TTL_SECONDS));
  }

  public boolean holds(long nowNanos) {
    return nowNanos - untilNanos < 0;
  }

  /** The time until the next renewal or until the lease ends, whichever is first. */
  public long nanosToNextStep(long nowNanos) {
    return Math.min(renewAtNanos - nowNanos, untilNanos - nowNanos);
  }

  public boolean isRenewalDue(long nowNanos) {
    return nowNanos - renewAtNanos >= 0;
  }

  /**
   * Begins a renewal, and sets the time of the next one.
   *
   * @return false if it must not be sent because too many are not answered yet
   */
  public boolean beginRenewal(long nowNanos) {
    renewAtNanos = nowNanos + thirdNanos;
    if (underWay >= MAX_UNDER_WAY) {
      return false;
    }
    underWay++;
    return true;
  }

  /**
   * A renewal was confirmed. Renewals may be answered out of order.
   *
   * @param sentNanos when the renewal was sent
   * @return false if the lease had ended before: {@link #holds} may have returned false, so it must
   *     not return true again, and the lease has to be given up
   */
  public boolean renewed(long ttlSeconds, long sentNanos, long nowNanos) {
    underWay--;
    if (!holds(nowNanos)) {
      return false;
    }
    long until = sentNanos + nanos(ttlSeconds);
    if (until - untilNanos > 0) {
      untilNanos = until;
    }
    return true;
  }

  /** A renewal failed; it is repeated soon. */
  public void renewalFailed(long nowNanos) {
    underWay--;
    long retryAtNanos = nowNanos + Math.min(MAX_RETRY_NANOS, thirdNanos / 2);
    if (retryAtNanos - renewAtNanos < 0) {
      renewAtNanos = retryAtNanos;
    }
  }

  /** No renewal can succeed any more: the lease holds until its end. */
  public void stopRenewing() {
    renewAtNanos = untilNanos;
  }
}
