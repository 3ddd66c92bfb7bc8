package io.quorate.vertx.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.QuorateServer;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.SharedClients;
import io.quorate.vertx.client.remote.RemoteOptions;
import io.quorate.vertx.docs.Page;
import io.vertx.config.ConfigRetriever;
import io.vertx.config.ConfigRetrieverOptions;
import io.vertx.config.ConfigStoreOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What the page shows compiles, or is understood. */
class PlugsPageTest {
  private static final Path PAGE = Path.of("../PLUGS.md");
  private static final Path THIS =
      Path.of("src/test/java/io/quorate/vertx/config/PlugsPageTest.java");

  @Test
  void theCodeIsThatOfThisClassAndTheOptionsAreUnderstood() throws IOException {
    Page connection = new Page(PAGE, "## The connection");
    connection.checkJava(THIS);
    JsonObject options = new JsonObject(connection.blocks("json").get(0));
    assertThat(new RemoteOptions(options).requestTimeoutMillis()).isEqualTo(3_000);
    Page configuration = new Page(PAGE, "## Configuration");
    configuration.checkJava(THIS);
    for (String json : configuration.blocks("json")) {
      assertThat(Settings.read(new JsonObject(json)).content()).isInstanceOf(PrefixContent.class);
    }
  }

  static QuorateClient shared(Vertx vertx, QuorateServer server) {
    QuorateClient client = QuorateClient.over(vertx, server.client(vertx));
    SharedClients.share("main", client);
    return client;
  }

  static ConfigRetriever retriever(Vertx vertx) {
    ConfigStoreOptions store =
        new ConfigStoreOptions()
            .setType("quorate")
            .setConfig(
                new JsonObject()
                    .put("connection", new JsonObject().put("shared", "main"))
                    .put("prefix", "shop/config/"));
    ConfigRetriever retriever =
        ConfigRetriever.create(
            vertx, new ConfigRetrieverOptions().setScanPeriod(200).addStore(store));
    retriever.listen(change -> System.out.println(change.getNewConfiguration()));
    return retriever;
  }

  static QuorateConfigStore pushed(QuorateClient client) {
    QuorateConfigStore configuration =
        QuorateConfigStore.open(client, new JsonObject().put("key", "shop/config"))
            .changes(content -> System.out.println(content.toJsonObject()));
    return configuration;
  }
}
