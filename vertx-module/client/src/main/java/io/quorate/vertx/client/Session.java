package io.quorate.vertx.client;

import io.vertx.core.Future;

/**
 * A lease that is renewed until it is closed: what hangs on it is there as long as its owner is.
 *
 * <p>It is <em>lost</em> when the store says that the lease is gone, and already when no renewal
 * has been confirmed for so long that it may be: counted, by this process's monotonic clock, from
 * the moment the last confirmed renewal was <em>sent</em>. So whoever asks {@link #isAlive} is
 * never told that a lease holds which another one may see gone, but for clocks that run at
 * different speeds. A lost session does not come back.
 */
public interface Session {

  /** Id of the lease; never 0. */
  long leaseId();

  /** As granted. */
  long ttlSeconds();

  /** False once it is lost or closed. Any thread. */
  boolean isAlive();

  /** Completes when the session is lost; never, if it is closed before. Never fails. */
  Future<Void> lost();

  /** Completes when the session is lost or closed, whichever comes first. Never fails. */
  Future<Void> ended();

  /**
   * Revokes the lease and stops renewing it. Completes in bounded time, also if the store does not
   * answer: the lease then runs out by itself. Calling it again changes nothing.
   */
  Future<Void> close();
}
