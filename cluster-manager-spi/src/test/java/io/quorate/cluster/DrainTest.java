package io.quorate.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.spi.cluster.RegistrationInfo;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A node that is closed while requests of other nodes are on their way to it. */
class DrainTest {
  private static final Store STORE = new Store();
  private static final int DRAIN_MILLIS = 1_000;

  @BeforeAll
  static void open() throws Exception {
    STORE.before();
  }

  @AfterAll
  static void close() {
    STORE.after();
  }

  /** Keeps the message until the test answers it. */
  private static final class Keeping extends VerticleBase {
    private final Promise<Message<Object>> asked = Promise.promise();

    @Override
    public Future<?> start() {
      return vertx.eventBus().consumer("address", asked::tryComplete).completion();
    }
  }

  private static Vertx start(TestCluster cluster, long drainMillis) throws Exception {
    VertxOptions options = new VertxOptions();
    options.getEventBusOptions().setHost("localhost").setPort(0);
    Vertx node =
        Store.await(
            Vertx.builder()
                .with(options)
                .withClusterManager(
                    new QuorateClusterManager(
                        STORE.options(cluster.prefix()).setDrainMillis(drainMillis)))
                .buildClustered());
    cluster.nodes.add(node);
    return node;
  }

  private static Future<Message<Object>> request(Vertx from) {
    return from.eventBus().request("address", "?", new DeliveryOptions().setSendTimeout(5_000));
  }

  private static List<String> listeners(Vertx asked) throws Exception {
    return TestCluster.<List<RegistrationInfo>>ask(
            answer -> TestCluster.manager(asked).getRegistrations("address", answer))
        .stream()
        .map(RegistrationInfo::nodeId)
        .toList();
  }

  @Test
  void requestsReceivedBeforeCloseAreAnswered() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 2)) {
      Vertx closing = start(cluster, DRAIN_MILLIS);
      Keeping kept = new Keeping();
      String unused = Store.await(closing.deployVerticle(kept));
      Future<Message<Object>> reply = request(cluster.node(0));
      Message<Object> asked = Store.await(kept.asked.future());
      Store.await(
          cluster.node(1).eventBus().consumer("address", m -> m.reply("other")).completion());
      cluster.nodes.remove(closing);
      Future<Void> closed = closing.close();
      String other = TestCluster.manager(cluster.node(1)).getNodeId();
      TestCluster.until(() -> routes(cluster.node(0)).equals(List.of(other)));
      assertThat(closed.isComplete()).isFalse();
      asked.reply("done");
      assertThat(Store.await(reply).body()).isEqualTo("done");
      for (int i = 0; i < 10; i++) {
        assertThat(Store.await(request(cluster.node(0))).body()).isEqualTo("other");
      }
      Store.await(closed);
    }
  }

  private static List<String> routes(Vertx asked) {
    try {
      return listeners(asked);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aDrainedNodeGetsNoNewRequestsAndAnswersPendingOnes() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 3)) {
      Vertx drained = start(cluster, 0);
      String other = TestCluster.manager(cluster.node(0)).getNodeId();
      for (Vertx node : List.of(cluster.node(0), drained)) {
        String id = TestCluster.manager(node).getNodeId();
        Store.await(node.eventBus().consumer("address", m -> m.reply(id)).completion());
      }
      Object warm = Store.await(request(cluster.node(1))).body(); // so its routes are known there
      assertThat(warm).isNotNull();
      Store.await(QuorateClusterManager.drain(drained));
      for (Vertx node : cluster.nodes) {
        assertThat(listeners(node)).containsExactly(other);
        for (int i = 0; i < 4; i++) {
          assertThat(Store.await(request(node)).body()).isEqualTo(other);
        }
      }
      // later registrations are visible to this node only, and it keeps addresses without other
      // consumers
      Store.await(drained.eventBus().consumer("late", m -> m.reply("own")).completion());
      assertThat(Store.await(drained.eventBus().request("late", "?")).body()).isEqualTo("own");
      assertThatThrownBy(() -> Store.await(cluster.node(0).eventBus().request("late", "?")))
          .hasMessageContaining("No handlers");
      Store.await(QuorateClusterManager.drain(drained));
    }
  }

  @Test
  void aNodeWithoutItsStoreDrainsInBoundedTime() throws Exception {
    Store own = new Store();
    own.before();
    TestCluster cluster = new TestCluster(own, 2);
    Store.await(cluster.node(0).eventBus().consumer("address", m -> {}).completion());
    own.after();
    long begun = System.nanoTime();
    Store.await(QuorateClusterManager.drain(cluster.node(0)));
    cluster.close();
    assertThat(System.nanoTime() - begun).isLessThan(16_000_000_000L);
  }
}
