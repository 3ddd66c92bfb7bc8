package io.quorate.cluster;

import io.vertx.core.spi.cluster.ClusterManager;
import org.junit.ClassRule;

public class QuorateClusteredEventBusTest extends io.vertx.tests.eventbus.ClusteredEventBusTest {
  @ClassRule public static final Store STORE = new Store();
  private final String cluster = STORE.newCluster();

  @Override
  protected ClusterManager getClusterManager() {
    return STORE.manager(cluster);
  }
}
