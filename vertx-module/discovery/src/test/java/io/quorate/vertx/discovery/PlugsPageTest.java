package io.quorate.vertx.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.docs.Page;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.servicediscovery.ServiceDiscovery;
import io.vertx.servicediscovery.ServiceDiscoveryOptions;
import io.vertx.servicediscovery.types.HttpEndpoint;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What the page shows compiles, or is understood. */
class PlugsPageTest {

  @Test
  void theCodeIsThatOfThisClassAndTheOptionsAreUnderstood() throws IOException {
    Page page = new Page(Path.of("../PLUGS.md"), "## Service discovery");
    page.checkJava(Path.of("src/test/java/io/quorate/vertx/discovery/PlugsPageTest.java"));
    JsonObject all = new JsonObject(page.blocks("json").get(0));
    Settings shown = Settings.read(all);
    all.remove("prefix");
    all.remove("ephemeral");
    all.remove("ttlSeconds");
    assertThat(Settings.read(all)).isEqualTo(shown);
  }

  static ServiceDiscovery discovery(Vertx vertx) {
    ServiceDiscovery discovery =
        ServiceDiscovery.create(
            vertx,
            new ServiceDiscoveryOptions()
                .setBackendConfiguration(
                    new JsonObject()
                        .put("backend-name", "quorate")
                        .put("connection", new JsonObject().put("shared", "main"))
                        .put("ttlSeconds", 5)));
    discovery.publish(HttpEndpoint.createRecord("prices", "10.0.0.7", 8080, "/"));
    return discovery;
  }
}
