package io.quorate.vertx.client;

import static io.quorate.vertx.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.vertx.client.remote.ClientConnection;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SharedClientsTest {
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() {
    Void unused = await(vertx.close());
  }

  private static JsonObject shared(String name) {
    return new JsonObject().put("shared", name);
  }

  @Test
  void anUnknownNameIsRefusedWithTheName() {
    QuorateClient client = QuorateClient.over(vertx, new ScriptedStore().store);
    SharedClients.share("mine", client);
    assertThatThrownBy(() -> ClientConnection.of(vertx, shared("yours")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'yours'")
        .hasMessageContaining("[mine]");
    SharedClients.withdraw("mine", client);
    assertThatThrownBy(() -> ClientConnection.of(vertx, shared("mine")))
        .hasMessageContaining("'mine'");
  }

  @Test
  void aNameBelongsToOneClientInOneVertx() {
    SharedClients.share("mine", QuorateClient.over(vertx, new ScriptedStore().store));
    QuorateClient other = QuorateClient.over(vertx, new ScriptedStore().store);
    assertThatThrownBy(() -> SharedClients.share("mine", other)).hasMessageContaining("'mine'");
    Vertx elsewhere = Vertx.vertx();
    assertThatThrownBy(() -> SharedClients.find(elsewhere, "mine")).hasMessageContaining("'mine'");
    Void unused = await(elsewhere.close());
  }

  @Test
  void aSharedClientRefusesFurtherOptions() {
    assertThatThrownBy(
            () -> ClientConnection.of(vertx, shared("mine").put("endpoints", new JsonArray())))
        .hasMessageStartingWith("endpoints: there is no such option");
    assertThatThrownBy(() -> ClientConnection.of(vertx, new JsonObject().put("shared", 5)))
        .hasMessageStartingWith("shared: must be text");
  }
}
