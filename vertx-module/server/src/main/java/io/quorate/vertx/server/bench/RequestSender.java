package io.quorate.vertx.server.bench;

import io.vertx.core.Future;

/** Sends requests of one shape. */
@FunctionalInterface
interface RequestSender {
  /**
   * Called on the event loop of the client's connection, where the future completes.
   *
   * @param client which of the concurrent clients sends it, from 0
   * @param request which request it is, from 0, counted over all clients
   */
  Future<?> send(int client, long request);
}
