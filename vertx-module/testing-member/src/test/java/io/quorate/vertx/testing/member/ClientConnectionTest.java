package io.quorate.vertx.testing.member;

import static io.quorate.vertx.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.Session;
import io.quorate.vertx.client.SharedClients;
import io.quorate.vertx.client.StoreClosedException;
import io.quorate.vertx.client.remote.ClientConnection;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClientConnectionTest {
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() {
    Void unused = await(vertx.close());
  }

  private static JsonObject shared(String name) {
    return new JsonObject().put("shared", name);
  }

  @Test
  void aSharedClientIsFoundByNameAndNotClosedByItsUsers(@TempDir Path directory) {
    try (OneMember member = new OneMember(directory)) {
      QuorateClient client = QuorateClient.over(vertx, member.server().client(vertx));
      SharedClients.share("mine", client);
      SharedClients.share("mine", client);
      ClientConnection connection = ClientConnection.of(vertx, shared("mine"));
      assertThat(connection.client()).isSameAs(client);
      Void unused = await(connection.close());
      Session session = await(client.session(60));
      assertThat(session.isAlive()).isTrue();
      unused = await(client.close());
    }
  }

  @Test
  void anOwnClientIsClosedWithItsConnection(@TempDir Path directory) {
    try (OneMember member = new OneMember(directory)) {
      ClientConnection connection =
          ClientConnection.of(
              vertx,
              new JsonObject()
                  .put("endpoints", new JsonArray().add(member.clientUrl().toString())));
      QuorateClient client = connection.client();
      assertThat(await(client.put("k", "v"))).isPositive();
      Void unused = await(connection.close());
      assertThatThrownBy(() -> await(client.get("k"))).isInstanceOf(StoreClosedException.class);
    }
  }
}
