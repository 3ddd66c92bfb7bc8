package io.quorate.vertx.health;

import io.quorate.vertx.QuorateServer;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.docs.Page;
import io.vertx.core.Vertx;
import io.vertx.ext.healthchecks.HealthChecks;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.healthchecks.HealthCheckHandler;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What the page shows compiles. */
class PlugsPageTest {

  @Test
  void theCodeIsThatOfThisClass() throws IOException {
    new Page(Path.of("../PLUGS.md"), "## Health")
        .checkJava(Path.of("src/test/java/io/quorate/vertx/health/PlugsPageTest.java"));
  }

  static void route(Vertx vertx, Router router, QuorateServer server, QuorateClient client) {
    HealthChecks alive =
        HealthChecks.create(vertx).register("quorate", QuorateHealth.liveness(vertx, server));
    HealthChecks ready =
        HealthChecks.create(vertx)
            .register("quorate", QuorateHealth.readiness(vertx, server))
            .register("prices", QuorateHealth.client(client));
    router.get("/livez").handler(HealthCheckHandler.createWithHealthChecks(alive));
    router.get("/readyz").handler(HealthCheckHandler.createWithHealthChecks(ready));
  }
}
