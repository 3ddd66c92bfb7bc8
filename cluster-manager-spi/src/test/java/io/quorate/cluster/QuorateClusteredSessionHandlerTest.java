package io.quorate.cluster;

import io.vertx.core.spi.cluster.ClusterManager;
import org.junit.ClassRule;

public class QuorateClusteredSessionHandlerTest
    extends io.vertx.ext.web.it.sstore.ClusteredSessionHandlerTest {
  @ClassRule public static final Store STORE = new Store();
  private final String cluster = STORE.newCluster();

  @Override
  protected ClusterManager getClusterManager() {
    return STORE.manager(cluster);
  }
}
