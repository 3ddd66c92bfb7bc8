package io.quorate.cluster;

import io.quorate.cluster.connection.MemberConnection;
import io.quorate.vertx.client.QuorateClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.tests.eventbus.FaultToleranceTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.ClassRule;

/**
 * The other processes find the manager by discovery, and the store over the network or in their own
 * replicas. Two processes of four are killed at once: two more members in this process, which are
 * no Vert.x nodes, keep a majority.
 */
public class QuorateFaultToleranceTest extends FaultToleranceTest {
  @ClassRule public static final Store STORE = new Store();
  private final String cluster = STORE.newCluster();
  private final List<MemberConnection> companions = new ArrayList<>();
  private Path configuration;

  @Override
  public void setUp() throws Exception {
    super.setUp();
    configuration = Files.createTempFile("quorate-cluster", ".json");
  }

  @Override
  protected ClusterManager getClusterManager() {
    return STORE.manager(cluster);
  }

  @Override
  protected void startNodes(int count) {
    super.startNodes(count);
    if (STORE.areNodesMembers()) {
      startCompanions(vertices[0]);
    }
  }

  private void startCompanions(Vertx node) {
    List<QuorateClient> clients = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      MemberConnection companion = new MemberConnection(STORE.options(cluster));
      companions.add(companion);
      clients.add(await(companion.open(node)));
    }
    TestCluster.until(
        () ->
            await(clients.get(0).store().memberList(true)).members().stream()
                    .filter(m -> !m.isLearner())
                    .count()
                == 3);
  }

  private static <T> T await(Future<T> future) {
    try {
      return Store.await(future);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Override
  protected List<String> getExternalNodeSystemProperties() {
    try {
      Files.writeString(configuration, STORE.options(cluster).toJson().encode());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return List.of("-Djava.net.preferIPv4Stack=true", "-Dvertx.quorate.config=" + configuration);
  }

  @Override
  protected void tearDown() throws Exception {
    try {
      companions.forEach(companion -> await(companion.close()));
      Files.delete(configuration);
    } finally {
      super.tearDown();
    }
  }
}
