package io.quorate.vertx.server.bench;

import io.vertx.core.Future;

/** One request of a shape. */
@FunctionalInterface
interface Operation {
  /**
   * Called on the event loop of the client's connection, where the future completes.
   *
   * @param client which of the concurrent clients asks, from 0
   * @param request which request it is, from 0, counted over all clients
   */
  Future<?> run(int client, long request);
}
