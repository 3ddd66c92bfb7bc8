package io.quorate.vertx.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.quorate.vertx.QuorateServer;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.docs.Page;
import io.vertx.core.Vertx;
import io.vertx.micrometer.backends.BackendRegistries;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What the page shows compiles. */
class PlugsPageTest {

  @Test
  void theCodeIsThatOfThisClass() throws IOException {
    new Page(Path.of("../PLUGS.md"), "## Metrics")
        .checkJava(Path.of("src/test/java/io/quorate/vertx/metrics/PlugsPageTest.java"));
  }

  static void meter(Vertx vertx, QuorateServer server) {
    MeterRegistry registry = BackendRegistries.getDefaultNow();
    QuorateMetrics metrics = QuorateMetrics.bindTo(registry, server);
    MeteredStore metered = new MeteredStore(server.client(vertx), registry);
    QuorateClient counted = QuorateClient.over(vertx, metered);
    counted.close().onComplete(closed -> metered.close());
    metrics.close();
  }
}
