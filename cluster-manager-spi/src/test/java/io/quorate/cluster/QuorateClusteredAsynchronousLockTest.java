package io.quorate.cluster;

import io.vertx.core.spi.cluster.ClusterManager;
import org.junit.ClassRule;
import org.junit.Test;

public class QuorateClusteredAsynchronousLockTest
    extends io.vertx.tests.shareddata.ClusteredAsynchronousLockTest {
  @ClassRule public static final Store STORE = new Store();
  private final String cluster = STORE.newCluster();

  @Override
  protected ClusterManager getClusterManager() {
    return STORE.manager(cluster);
  }

  @Test
  @Override
  public void testLockReleasedForClosedNode() throws Exception {
    super.testLockReleasedForClosedNode();
  }

  @Test
  @Override
  public void testLockReleasedForKilledNode() throws Exception {
    super.testLockReleasedForKilledNode();
  }
}
