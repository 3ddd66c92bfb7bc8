package io.quorate.cluster.connection;

import io.quorate.vertx.client.QuorateClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/**
 * How a node reaches the store: its own replica, the network, or a client passed in by the
 * application. Opened once, closed once; any thread.
 */
public interface StoreConnection {

  /**
   * Connects to the store; completes when it is ready for requests.
   *
   * @param vertx the application's; nothing that must outlive it is opened on it
   * @return a client whose futures complete on contexts of its own Vert.x, which may differ from
   *     {@code vertx}; fails in bounded time, with a message that names what was missing: a quorum,
   *     a seed, the right cluster, a certificate. After a failure nothing is left open
   */
  Future<QuorateClient> open(Vertx vertx);

  /**
   * A separate client of the same store for the application; it is closed with this connection.
   *
   * @param vertx the application's
   * @param opened the result of {@link #open}
   */
  default QuorateClient another(Vertx vertx, QuorateClient opened) {
    return QuorateClient.over(opened.vertx(), opened.store());
  }

  /** The address to listen on, null to leave the choice to Vert.x. */
  @Nullable String host();

  /**
   * The address by which other hosts reach this one, if it differs from {@link #host}; null to
   * leave the choice to Vert.x.
   */
  default @Nullable String publicHost() {
    return host();
  }

  /**
   * Hands leadership and vote over to another member, if there is one, then closes everything that
   * {@link #open} opened. Completes in bounded time, also without a quorum or after a failed or
   * unfinished {@link #open}; further calls have no effect.
   */
  Future<Void> close();
}
