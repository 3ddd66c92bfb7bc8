package io.vertx.servicediscovery.impl;

import io.quorate.cluster.Store;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.servicediscovery.ServiceDiscoveryOptions;
import org.junit.Before;
import org.junit.ClassRule;

/** In this package because what it extends is made for it. */
public class QuorateDiscoveryTest extends DiscoveryImplTestBase {
  @ClassRule public static final Store STORE = new Store();

  @Before
  public void setUp() throws Exception {
    vertx =
        Store.await(
            Vertx.builder().withClusterManager(STORE.manager(STORE.newCluster())).buildClustered());
    discovery =
        new DiscoveryImpl(
            vertx,
            new ServiceDiscoveryOptions()
                .setBackendConfiguration(
                    new JsonObject()
                        .put("backend-name", DefaultServiceDiscoveryBackend.class.getName())));
  }
}
