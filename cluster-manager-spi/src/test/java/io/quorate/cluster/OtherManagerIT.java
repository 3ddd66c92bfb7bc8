package io.quorate.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.cluster.options.QuorateClusterOptions;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.spi.VertxServiceProvider;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.test.fakecluster.FakeClusterManager;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/**
 * This manager and another one on the same class path: an application gets the manager that it
 * passes to Vert.x's builder, whichever comes first on the class path, and nothing of the other one
 * is started.
 */
class OtherManagerIT {
  private static final Predicate<Thread> OURS = thread -> thread.getName().startsWith("quorate-");

  private static List<Class<?>> discovered() {
    List<Class<?>> managers = new ArrayList<>();
    for (VertxServiceProvider provider : ServiceLoader.load(VertxServiceProvider.class)) {
      if (provider instanceof ClusterManager) {
        managers.add(provider.getClass());
      }
    }
    return managers;
  }

  private static Vertx clustered(ClusterManager manager) throws Exception {
    VertxOptions options =
        new VertxOptions().setEventBusOptions(new EventBusOptions().setHost("127.0.0.1"));
    return Store.await(Vertx.builder().with(options).withClusterManager(manager).buildClustered());
  }

  @Test
  void bothManagersCanBeDiscovered() {
    assertThat(discovered()).contains(QuorateClusterManager.class, FakeClusterManager.class);
  }

  @Test
  void theOtherManagerIsUsedIfPassedInAndOursStartsNothing() throws Exception {
    FakeClusterManager other = new FakeClusterManager();
    Vertx node = clustered(other);
    try {
      assertThat(((VertxInternal) node).clusterManager()).isSameAs(other);
      assertThat(Thread.getAllStackTraces().keySet()).noneMatch(OURS);
    } finally {
      Store.await(node.close());
      FakeClusterManager.reset();
    }
  }

  @Test
  void ourManagerIsUsedIfPassedIn() throws Exception {
    try (ReservedPorts ports = ReservedPorts.take()) {
      QuorateClusterManager ours =
          new QuorateClusterManager(
              new QuorateClusterOptions().setPort(ports.first()).setPortRange(ReservedPorts.COUNT));
      Vertx node = clustered(ours);
      try {
        assertThat(((VertxInternal) node).clusterManager()).isSameAs(ours);
        assertThat(Thread.getAllStackTraces().keySet()).anyMatch(OURS);
      } finally {
        Store.await(node.close());
      }
      TestCluster.until(() -> Thread.getAllStackTraces().keySet().stream().noneMatch(OURS));
    }
  }
}
