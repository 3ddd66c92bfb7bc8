package io.quorate.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.cluster.options.QuorateClusterOptions;
import io.quorate.vertx.client.QuorateClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.healthchecks.CheckResult;
import io.vertx.ext.healthchecks.HealthChecks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code blocks of the guide and the README are cut from this class. */
class GuideTest {

  @Test
  void twoNodesAsTheGuideMakesThem(@TempDir Path directory) throws Exception {
    try (ReservedPorts ports = ReservedPorts.take()) {
      Vertx first = started(ports);
      Vertx second = null;
      try {
        second = joined(List.of("127.0.0.1:" + ports.first()), ports.first(), directory.toString());
        assertThat(Store.await(second.eventBus().request("greetings", "")).body())
            .isEqualTo("hello");
        looksWell(second);
      } finally {
        if (second != null) {
          drainedAndClosed(second);
        }
        Store.await(first.close());
      }
    }
  }

  /**
   * Discovered on the class path; system properties keep the ports apart from those of other tests.
   */
  private static Vertx started(ReservedPorts ports) throws Exception {
    Map<String, String> properties =
        Map.of(
            "quorate.cluster.port", String.valueOf(ports.first()),
            "quorate.cluster.portRange", String.valueOf(ReservedPorts.COUNT));
    properties.forEach(System::setProperty);
    try {
      Future<Vertx> clustered =
          // tag::clustered[]
          Vertx.clusteredVertx(new VertxOptions())
              .onSuccess(vertx -> vertx.eventBus().consumer("greetings", m -> m.reply("hello")));
      // end::clustered[]
      return Store.await(clustered);
    } finally {
      properties.keySet().forEach(System::clearProperty);
    }
  }

  private static Vertx joined(List<String> seeds, int port, String dataDir) throws Exception {
    // tag::options[]
    QuorateClusterOptions options =
        new QuorateClusterOptions()
            .setSeeds(seeds)
            .setPort(port)
            .setPortRange(8)
            .setDataDir(dataDir);
    Future<Vertx> clustered =
        Vertx.builder().withClusterManager(new QuorateClusterManager(options)).buildClustered();
    // end::options[]
    return Store.await(clustered);
  }

  private static void drainedAndClosed(Vertx vertx) throws Exception {
    // tag::drain[]
    Future<Void> closed = QuorateClusterManager.drain(vertx).eventually(vertx::close);
    // end::drain[]
    Store.await(closed);
  }

  private static void looksWell(Vertx vertx) throws Exception {
    // tag::client[]
    QuorateClient client = QuorateClusterManager.clientOf(vertx);
    Future<Long> revision = client.put("shop/open", "yes");
    // end::client[]
    assertThat(Store.await(revision)).isPositive();
    // tag::health[]
    HealthChecks checks = HealthChecks.create(vertx);
    checks.register("cluster", ClusterHealthCheck.createProcedure(vertx, true));
    // end::health[]
    assertThat(CheckResult.isUp(Store.await(checks.checkStatus()))).isTrue();
  }

  @Test
  void theFileOfTheGuideIsUnderstood() throws Exception {
    String file = Files.readString(Path.of("src/test/resources/guides/quorate-cluster.json"));
    assertThat(new QuorateClusterOptions(new JsonObject(file)).validate().getSeeds()).hasSize(3);
  }

  @Test
  void theGuideHasEveryOptionAndItsDefault() throws Exception {
    String guide = Files.readString(Path.of("GUIDE.md"));
    JsonObject defaults = new QuorateClusterOptions().toJson();
    for (String name : QuorateClusterOptions.names()) {
      assertThat(guide).containsPattern("\\n\\| [^|]*`" + name + "`");
    }
    for (String name : defaults.fieldNames()) {
      assertThat(guide)
          .containsPattern("`" + name + "` \\| `?" + defaults.getValue(name) + "`? \\|");
    }
  }
}
