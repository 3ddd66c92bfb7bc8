package io.quorate.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * An application with only this module on its class path, which passes neither a manager nor a
 * file. Runs without Vert.x's own tests, since these contain a manager that would be discovered.
 */
class ServiceProviderIT {
  private final List<Vertx> nodes = new ArrayList<>();
  private final ReservedPorts ports = ReservedPorts.take();
  private final Map<String, String> properties =
      Map.of(
          "quorate.cluster.port",
          String.valueOf(ports.first()),
          "quorate.cluster.portRange",
          String.valueOf(ReservedPorts.COUNT));

  @BeforeEach
  void setProperties() {
    properties.forEach(System::setProperty);
  }

  @AfterEach
  void closeAll() throws Exception {
    try {
      Store.await(Future.join(nodes.stream().map(Vertx::close).toList()));
    } finally {
      properties.keySet().forEach(System::clearProperty);
      ports.close();
    }
  }

  private Vertx started(Future<Vertx> starting) throws Exception {
    Vertx node = Store.await(starting);
    nodes.add(node);
    return node;
  }

  private static VertxOptions options() {
    return new VertxOptions().setEventBusOptions(new EventBusOptions().setHost("127.0.0.1"));
  }

  @Test
  void nodesWithoutAnExplicitManagerFindThisOneAndEachOther() throws Exception {
    Vertx first = started(Vertx.builder().with(options()).buildClustered());
    Vertx second = started(Vertx.clusteredVertx(options()));
    QuorateClusterManager one = TestCluster.manager(first);
    QuorateClusterManager other = TestCluster.manager(second);
    TestCluster.until(() -> one.getNodes().size() == 2);
    assertThat(other.getNodes())
        .containsExactlyElementsOf(one.getNodes())
        .containsExactlyInAnyOrder(one.getNodeId(), other.getNodeId());
    Store.await(
        first
            .eventBus()
            .<String>consumer("greeting", message -> message.reply("hello " + message.body()))
            .completion());
    assertThat(Store.await(second.eventBus().request("greeting", "you")).body())
        .isEqualTo("hello you");
  }

  @Test
  void noOtherManagerIsOnTheClassPath() {
    assertThatThrownBy(() -> Class.forName("io.vertx.test.fakecluster.FakeClusterManager"))
        .isInstanceOf(ClassNotFoundException.class);
  }
}
