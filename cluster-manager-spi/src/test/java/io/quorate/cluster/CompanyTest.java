package io.quorate.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.healthchecks.HealthChecks;
import io.vertx.serviceproxy.tests.clustered.Service;
import io.vertx.serviceproxy.tests.clustered.ServiceProviderVerticle;
import io.vertx.serviceproxy.tests.testmodel.SomeEnum;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Other Vert.x modules on a cluster. */
class CompanyTest {
  private static final Store STORE = new Store();

  @BeforeAll
  static void open() throws Exception {
    STORE.before();
  }

  @AfterAll
  static void close() {
    STORE.after();
  }

  @Test
  void aServiceOfOneNodeIsCalledFromAnother() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 2)) {
      Store.await(cluster.node(0).deployVerticle(new ServiceProviderVerticle()));
      Service service = Service.createProxy(cluster.node(1), "my.service");
      assertThat(Store.await(service.hello("vert.x"))).isEqualTo("hello vert.x");
      assertThat(Store.await(service.methodUsingEnum(SomeEnum.WIBBLE))).isTrue();
      assertThat(Store.await(service.methodWithJsonObject(new JsonObject().put("a", 1))))
          .isEqualTo(new JsonObject().put("a", 1));
      assertThatThrownBy(() -> Store.await(service.methodWthFailingResult("Fail")))
          .hasMessageContaining("failed!");
    }
  }

  @Test
  void aNodeIsHealthyWhileItIsInTheCluster() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 2)) {
      TestCluster.until(() -> cluster.manager(0).getNodes().size() == 2);
      HealthChecks checks = HealthChecks.create(cluster.node(0));
      checks.register("cluster", ClusterHealthCheck.createProcedure(cluster.node(0), true));
      var healthy = Store.await(checks.checkStatus("cluster"));
      assertThat(healthy.getUp()).isTrue();
      assertThat(healthy.getData())
          .isEqualTo(
              new JsonObject().put("nodeId", cluster.manager(0).getNodeId()).put("nodes", 2));
      TestCluster.<Void>ask(cluster.manager(0)::leave);
      assertThat(Store.await(checks.checkStatus("cluster")).getUp()).isFalse();
    }
  }

  @Test
  void aNodeWithoutAQuorumIsNotHealthy() throws Exception {
    Store own = new Store();
    own.before();
    try (TestCluster cluster = new TestCluster(own, 1)) {
      HealthChecks checks = HealthChecks.create(cluster.node(0));
      checks.register("cluster", ClusterHealthCheck.createProcedure(cluster.node(0), false));
      assertThat(Store.await(checks.checkStatus("cluster")).getUp()).isTrue();
      own.after();
      assertThat(Store.await(checks.checkStatus("cluster")).getUp()).isFalse();
    }
  }

  @Test
  void aVertxThatIsNotClusteredByQuorateIsNotHealthy() throws Exception {
    Vertx plain = Vertx.vertx();
    HealthChecks checks = HealthChecks.create(plain);
    checks.register("cluster", ClusterHealthCheck.createProcedure(plain, true));
    assertThat(Store.await(checks.checkStatus("cluster")).getUp()).isFalse();
    Store.await(plain.close());
  }
}
