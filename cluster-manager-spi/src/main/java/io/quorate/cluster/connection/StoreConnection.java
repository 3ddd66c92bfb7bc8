package io.quorate.cluster.connection;

import io.quorate.vertx.client.QuorateClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/**
 * How a node comes by a store: by carrying a replica itself, over the network, or because it was
 * given one. Opened once, closed once; any thread.
 */
public interface Connection {

  /**
   * Gets hold of the store; ready for requests when it completes.
   *
   * @param vertx the application's; nothing is opened on it that must outlive its closing
   * @return a client whose futures complete on contexts of its own Vert.x, which may be another
   *     one; fails in bounded time, with a message that names what was missing: a quorum, a seed,
   *     the right cluster, a certificate. Nothing is left open then
   */
  Future<QuorateClient> open(Vertx vertx);

  /**
   * Another client of the same store, for the application itself; it ends with this connection.
   *
   * @param vertx the application's
   * @param opened what {@link #open} came to
   */
  default QuorateClient another(Vertx vertx, QuorateClient opened) {
    return QuorateClient.over(opened.vertx(), opened.store());
  }

  /** The address of this host that is listened at, null to leave the choice to Vert.x. */
  @Nullable String host();

  /** The address other hosts reach this one by, which may be another one; null as before. */
  default @Nullable String publicHost() {
    return host();
  }

  /**
   * Hands over what this process carries for others, if there is anybody to take it, then closes
   * everything that {@link #open} opened. Completes in bounded time, also without a quorum or after
   * a failed or unfinished opening; calling it again changes nothing.
   */
  Future<Void> close();
}
