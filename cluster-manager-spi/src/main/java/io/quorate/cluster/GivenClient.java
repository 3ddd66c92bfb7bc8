package io.quorate.cluster;

import io.quorate.cluster.connection.StoreConnection;
import io.quorate.vertx.client.QuorateClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/** A client that the application has created and will close. */
final class GivenClient implements StoreConnection {
  private final QuorateClient client;

  GivenClient(QuorateClient client) {
    this.client = client;
  }

  @Override
  public Future<QuorateClient> open(Vertx vertx) {
    return Future.succeededFuture(client);
  }

  @Override
  public @Nullable String host() {
    return null;
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }
}
