package io.quorate.vertx.client;

import io.vertx.core.Future;

/**
 * What an application uses of a store: keys, watches that survive, sessions, and what is made of
 * them.
 *
 * <p>Called on a Vert.x context, futures complete there. Failures are {@link
 * io.quorate.command.EtcdException}, and {@link UnknownOutcomeException} for a request that may or
 * may not have been executed. Every future completes, within the request time-out if there is no
 * quorum.
 */
public interface QuorateClient {

  /** The requests themselves, as etcd has them. */
  QuorateStore store();

  /** Watches {@code options.range()}; events flow once a handler is set. */
  WatchStream watch(WatchOptions options);

  /**
   * Grants a lease and renews it.
   *
   * @param ttlSeconds raised to the store's minimum if below
   */
  Future<Session> session(long ttlSeconds);

  /**
   * Closes what was opened through this client: watches, sessions, connections. A store that was
   * handed in stays open. Completes in bounded time; calling it again changes nothing.
   */
  Future<Void> close();
}
