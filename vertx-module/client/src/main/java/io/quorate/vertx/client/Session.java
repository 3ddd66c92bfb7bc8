package io.quorate.vertx.client;

import io.vertx.core.Future;

/**
 * A lease that is renewed until the session is closed. Keys attached to it exist as long as their
 * owner is alive.
 *
 * <p>A session is <em>lost</em> when the store reports that the lease is gone, or when its time has
 * passed since the last confirmed renewal was <em>sent</em>, by this process's monotonic clock. So
 * {@link #isAlive} never returns true after others may have seen the lease end, unless the clocks
 * run at different speeds. A lost session stays lost.
 */
public interface Session {

  /** Id of the lease. Never 0. */
  long leaseId();

  /** The granted time to live. */
  long ttlSeconds();

  /** False once the session is lost or closed. Any thread. */
  boolean isAlive();

  /** Completes when the session is lost. Does not complete if it is closed before. Never fails. */
  Future<Void> lost();

  /** Completes when the session is lost or closed, whichever comes first. Never fails. */
  Future<Void> ended();

  /**
   * Revokes the lease and stops renewing it. Completes in bounded time, even if the store does not
   * answer; the lease then expires. Further calls have no effect.
   */
  Future<Void> close();
}
