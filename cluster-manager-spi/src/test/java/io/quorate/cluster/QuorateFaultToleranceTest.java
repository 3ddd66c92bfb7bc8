package io.quorate.cluster;

import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.tests.eventbus.FaultToleranceTest;
import java.util.List;
import org.junit.ClassRule;

/** The other processes find the manager by discovery, and the store over the network. */
public class QuorateFaultToleranceTest extends FaultToleranceTest {
  @ClassRule public static final Store STORE = new Store();
  private final String cluster = STORE.newCluster();

  @Override
  protected ClusterManager getClusterManager() {
    return STORE.manager(cluster);
  }

  @Override
  protected List<String> getExternalNodeSystemProperties() {
    return List.of(
        "-Djava.net.preferIPv4Stack=true",
        "-Dquorate.cluster.role=client",
        "-Dquorate.cluster.endpoints=" + STORE.endpoint(),
        "-Dquorate.cluster.keyPrefix=" + cluster,
        "-Dquorate.cluster.sessionTimeoutMillis=2000");
  }
}
