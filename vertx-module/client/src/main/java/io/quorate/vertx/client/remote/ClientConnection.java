package io.quorate.vertx.client.remote;

import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.SharedClients;
import io.quorate.vertx.support.JsonFields;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * A client for a configured component, which is closed only if the component owns it. Any thread.
 *
 * <p>In JSON it is either the options of a separate connection, as {@link
 * RemoteOptions#RemoteOptions(JsonObject)} reads them, or {@code {"shared": name}}, a client that
 * the application has shared with {@link SharedClients}.
 */
public final class ClientConnection {
  private static final String SHARED = "shared";

  private final QuorateClient client;
  private final @Nullable RemoteStore own;

  private ClientConnection(QuorateClient client, @Nullable RemoteStore own) {
    this.client = client;
    this.own = own;
  }

  /** A client that its owner closes. */
  public static ClientConnection given(QuorateClient client) {
    return new ClientConnection(client, null);
  }

  /**
   * The client that {@code connection} describes. Nothing is sent yet.
   *
   * @throws IllegalArgumentException naming an option that is unknown or invalid
   */
  public static ClientConnection of(Vertx vertx, JsonObject connection) {
    if (connection.containsKey(SHARED)) {
      JsonFields fields = new JsonFields(connection);
      String name = fields.text(SHARED, "");
      fields.refuseOthers();
      return given(SharedClients.find(vertx, name));
    }
    RemoteStore store = new RemoteStore(vertx, new RemoteOptions(connection));
    return new ClientConnection(QuorateClient.over(vertx, store), store);
  }

  public QuorateClient client() {
    return client;
  }

  /** Closes an owned client; a given or shared one stays open. Completes in bounded time. */
  public Future<Void> close() {
    return own == null ? Future.succeededFuture() : client.close().eventually(own::close);
  }
}
