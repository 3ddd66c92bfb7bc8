package io.quorate.cluster;

import io.vertx.core.spi.cluster.ClusterManager;
import org.junit.ClassRule;

public class QuorateClusteredEventBusTracingTest
    extends io.vertx.tests.tracing.ClusteredEventBusTracingTest {
  @ClassRule public static final Store STORE = new Store();
  private final String cluster = STORE.newCluster();

  @Override
  protected ClusterManager getClusterManager() {
    return STORE.manager(cluster);
  }
}
