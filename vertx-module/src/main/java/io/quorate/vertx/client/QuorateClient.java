package io.quorate.vertx.client;

import io.vertx.core.Future;
import io.vertx.core.Vertx;

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

  /**
   * A client over {@code store}. It opens nothing yet; closing it leaves the store open.
   *
   * @param vertx whose contexts calls come from
   */
  static QuorateClient over(Vertx vertx, QuorateStore store) {
    return new DefaultClient(vertx, store);
  }

  Vertx vertx();

  /**
   * The requests themselves, as etcd has them. Those that change something fail with {@link
   * UnknownOutcomeException} where the error leaves that open.
   */
  QuorateStore store();

  /**
   * Watches {@code options.range()}; events flow once a handler is set. "From now" is what a
   * linearizable read says it is. Of a client that is closed the stream is closed, too.
   */
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
