package io.quorate.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.cluster.options.QuorateClusterOptions;
import io.quorate.vertx.client.QuorateClient;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.core.spi.VertxServiceProvider;
import io.vertx.core.spi.cluster.ClusterManager;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The ways to create a manager. */
class ProgrammaticTest {
  private static final Store STORE = new Store();

  @BeforeAll
  static void open() throws Exception {
    STORE.before();
  }

  @AfterAll
  static void close() {
    STORE.after();
  }

  private static void clusters(ClusterManager manager) throws Exception {
    Vertx vertx = Store.await(Vertx.builder().withClusterManager(manager).buildClustered());
    try {
      assertThat(TestCluster.manager(vertx)).isSameAs(manager);
      assertThat(manager.isActive()).isTrue();
      assertThat(manager.getNodes()).containsExactly(manager.getNodeId());
    } finally {
      Store.await(vertx.close());
    }
    assertThat(manager.isActive()).isFalse();
  }

  private static QuorateClusterOptions options() {
    return new QuorateClusterOptions()
        .setRole(QuorateClusterOptions.Role.CLIENT)
        .setEndpoints(List.of(STORE.endpoint()))
        .setKeyPrefix(STORE.newCluster());
  }

  @Test
  void aNodeIsCreatedFromOptions() throws Exception {
    clusters(new QuorateClusterManager(options()));
  }

  @Test
  void aNodeIsCreatedFromJson() throws Exception {
    clusters(new QuorateClusterManager(options().toJson()));
  }

  @Test
  void aNodeIsCreatedOverAClientThatStaysOpen() throws Exception {
    Vertx own = Vertx.vertx();
    QuorateClient client = QuorateClient.over(own, STORE.server().client());
    clusters(new QuorateClusterManager(client));
    assertThat(Store.await(client.session(5)).isAlive()).isTrue();
    Store.await(client.close());
    Store.await(own.close());
  }

  @Test
  void theStoreOfAClusterIsAvailableToTheApplication() throws Exception {
    ClusterManager manager = new QuorateClusterManager(options());
    Vertx vertx = Store.await(Vertx.builder().withClusterManager(manager).buildClustered());
    String key = STORE.newCluster() + "own";
    try {
      QuorateClient client = QuorateClusterManager.clientOf(vertx);
      Store.await(client.put(key, "value"));
      assertThat(Store.await(client.get(key)).orElseThrow().value().utf8()).isEqualTo("value");
      Store.await(client.close());
      assertThat(manager.isActive()).isTrue();
      assertThat(Store.await(QuorateClusterManager.clientOf(vertx).delete(key))).isTrue();
    } finally {
      Store.await(vertx.close());
    }
  }

  @Test
  void aVertxNotClusteredByQuorateHasNoClient() throws Exception {
    Vertx alone = Vertx.vertx();
    try {
      assertThatThrownBy(() -> QuorateClusterManager.clientOf(alone))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("not clustered by Quorate");
    } finally {
      Store.await(alone.close());
    }
  }

  @Test
  void anOptionThatDoesNotExistIsRefusedByItsName() {
    assertThatThrownBy(() -> new QuorateClusterManager(new JsonObject().put("colour", "red")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("colour");
  }

  @Test
  void aManagerIsForOneVertx() throws Exception {
    QuorateClusterManager manager = STORE.manager(STORE.newCluster());
    Vertx vertx = Store.await(Vertx.builder().withClusterManager(manager).buildClustered());
    assertThatThrownBy(
            () -> Store.await(Vertx.builder().withClusterManager(manager).buildClustered()))
        .hasMessageContaining("joined already");
    Store.await(vertx.close());
  }

  @Test
  void discoveryFindsThisManagerFirst() {
    assertThat(ServiceLoader.load(VertxServiceProvider.class).iterator().next())
        .isInstanceOf(QuorateClusterManager.class);
  }
}
