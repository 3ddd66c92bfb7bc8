package io.quorate.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.cluster.connection.StoreConnection;
import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.QuorateStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.shareddata.AsyncMap;
import io.vertx.core.shareddata.Lock;
import io.vertx.core.spi.cluster.NodeListener;
import io.vertx.core.spi.cluster.RegistrationInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Joining, losing the session, leaving. */
class NodeSessionTest {
  private static final Store STORE = new Store();

  @BeforeAll
  static void open() throws Exception {
    STORE.before();
  }

  @AfterAll
  static void close() {
    STORE.after();
  }

  private static List<KeyValue> keys(String prefix) throws Exception {
    return Store.await(
            STORE.server().client().range(Command.Range.of(KeyRange.prefix(Bytes.utf8(prefix)))))
        .kvs();
  }

  private static void revokeSession(TestCluster cluster, int node) throws Exception {
    String id = cluster.manager(node).getNodeId();
    long lease = keys(cluster.prefix() + "s/n/" + id).get(0).lease();
    Store.await(STORE.server().client().leaseRevoke(lease));
  }

  @Test
  void everyNodeSeesTheSameNodesInTheOrderOfJoining() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 3)) {
      List<String> joined =
          cluster.nodes.stream().map(n -> TestCluster.manager(n).getNodeId()).toList();
      for (Vertx node : cluster.nodes) {
        TestCluster.until(() -> TestCluster.manager(node).getNodes().equals(joined));
      }
    }
  }

  @Test
  void aJoinedNodeIsKnownToAllNodes() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 1)) {
      for (int size = 2; size <= 8; size++) {
        cluster.start();
        for (int node = 0; node < size; node++) {
          assertThat(cluster.manager(node).getNodes()).as("of node %d", node).hasSize(size);
        }
      }
    }
  }

  @Test
  void aNodeThatHasLeftLeavesNoKeys() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 2)) {
      String id = cluster.manager(1).getNodeId();
      Store.await(cluster.node(1).eventBus().consumer("address", m -> {}).completion());
      assertThat(keys(cluster.prefix())).anyMatch(kv -> kv.key().utf8().contains(id));
      Store.await(cluster.nodes.remove(1).close());
      assertThat(keys(cluster.prefix())).noneMatch(kv -> kv.key().utf8().contains(id));
    }
  }

  @Test
  void nodeEventsComeInOneOrderEachWithItsList() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 2)) {
      List<ConcurrentLinkedQueue<String>> heard = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        ConcurrentLinkedQueue<String> events = new ConcurrentLinkedQueue<>();
        heard.add(events);
        QuorateClusterManager manager = cluster.manager(i);
        manager.nodeListener(
            new NodeListener() {
              @Override
              public void nodeAdded(String nodeId) {
                events.add("+" + nodeId + manager.getNodes());
              }

              @Override
              public void nodeLeft(String nodeId) {
                events.add("-" + nodeId + manager.getNodes());
              }
            });
      }
      for (int i = 0; i < 3; i++) {
        Vertx comes = cluster.start();
        cluster.nodes.remove(comes);
        Store.await(comes.close());
      }
      TestCluster.until(() -> heard.get(0).size() == 6 && heard.get(1).size() == 6);
      assertThat(List.copyOf(heard.get(0))).isEqualTo(List.copyOf(heard.get(1)));
    }
  }

  @Test
  void aLostSessionIsReplacedAndEachKeyIsPutAgainOnce() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 2)) {
      QuorateClusterManager manager = cluster.manager(1);
      String id = manager.getNodeId();
      Store.await(
          cluster.node(1).eventBus().consumer("address", m -> m.reply("pong")).completion());
      ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();
      cluster
          .manager(0)
          .nodeListener(
              new NodeListener() {
                @Override
                public void nodeAdded(String nodeId) {
                  heard.add("+" + nodeId);
                }

                @Override
                public void nodeLeft(String nodeId) {
                  heard.add("-" + nodeId);
                }
              });
      revokeSession(cluster, 1);
      TestCluster.until(() -> heard.size() == 2);
      assertThat(heard).containsExactly("-" + id, "+" + id);
      TestCluster.until(manager::isActive);
      TestCluster.until(
          () -> {
            try {
              return TestCluster.<List<RegistrationInfo>>ask(
                          answer -> cluster.manager(0).getRegistrations("address", answer))
                      .size()
                  == 1;
            } catch (Exception e) {
              return false; // emptied a moment ago
            }
          });
      assertThat(manager.getNodeId()).isEqualTo(id);
      assertThat(Store.await(cluster.node(0).eventBus().request("address", "ping")).body())
          .isEqualTo("pong");
      assertThat(keys(cluster.prefix() + "s/r/" + id + "/")).hasSize(1);
    }
  }

  @Test
  void aLockIsReleasedWhenItsHolderLosesTheSession() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 2)) {
      Lock lost = Store.await(cluster.node(0).sharedData().getLock("lock"));
      Future<Lock> waits = cluster.node(1).sharedData().getLock("lock");
      revokeSession(cluster, 0);
      Lock taken = Store.await(waits);
      lost.release(); // is not its own any more
      assertThatThrownBy(
              () -> Store.await(cluster.node(0).sharedData().getLockWithTimeout("lock", 200)))
          .hasMessageContaining("Timed out waiting to get lock lock");
      taken.release();
      Store.await(cluster.node(0).sharedData().getLock("lock")).release();
    }
  }

  @Test
  void leavingDeletesTheKeysAndCanBeRepeated() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 2)) {
      Store.await(cluster.node(1).eventBus().consumer("address", m -> {}).completion());
      Store.await(cluster.node(1).sharedData().getLock("lock"));
      Store.await(
          cluster.node(1).sharedData().getCounter("counter").compose(c -> c.incrementAndGet()));
      QuorateClusterManager manager = cluster.manager(1);
      TestCluster.<Void>ask(manager::leave);
      TestCluster.<Void>ask(manager::leave);
      assertThat(manager.isActive()).isFalse();
      assertThat(keys(cluster.prefix()))
          .noneMatch(kv -> kv.key().utf8().contains(manager.getNodeId()));
    }
  }

  @Test
  void leavingWithoutJoiningSucceeds() throws Exception {
    TestCluster.<Void>ask(STORE.manager(STORE.newCluster())::leave);
    Vertx plain = Vertx.vertx();
    QuorateClusterManager manager = STORE.manager(STORE.newCluster());
    manager.init(plain);
    TestCluster.<Void>ask(manager::leave);
    Store.await(plain.close());
  }

  private static final class Failing implements StoreConnection {
    private final Future<QuorateClient> opening;
    private int closed;

    Failing(Future<QuorateClient> opening) {
      this.opening = opening;
    }

    @Override
    public Future<QuorateClient> open(Vertx vertx) {
      return opening;
    }

    @Override
    public @Nullable String host() {
      return null;
    }

    @Override
    public Future<Void> close() {
      closed++;
      return Future.succeededFuture();
    }
  }

  @Test
  void aFailedJoinNamesTheReasonAndClosesEverything() {
    Failing connection = new Failing(Future.failedFuture("no seed answered"));
    assertThatThrownBy(
            () ->
                Store.await(
                    Vertx.builder()
                        .withClusterManager(
                            new QuorateClusterManager(connection, ManagerSettings.DEFAULT))
                        .buildClustered()))
        .hasMessageContaining("no seed answered");
    TestCluster.until(() -> connection.closed == 1);
  }

  @Test
  void aJoinThatTimesOutNamesWhatIsMissing() {
    Failing connection = new Failing(Promise.<QuorateClient>promise().future());
    assertThatThrownBy(
            () ->
                Store.await(
                    Vertx.builder()
                        .withClusterManager(
                            new QuorateClusterManager(
                                connection, new ManagerSettings("x/", 2, 100)))
                        .buildClustered()))
        .hasMessageContaining("not in the cluster after 100 ms")
        .hasMessageContaining("a store to connect to");
  }

  @Test
  void aNodeWithoutItsStoreStillClosesInBoundedTime() throws Exception {
    Store own = new Store();
    own.before();
    TestCluster cluster = new TestCluster(own, 2);
    Store.await(cluster.node(0).eventBus().consumer("address", m -> {}).completion());
    own.after();
    long begun = System.nanoTime();
    cluster.close();
    assertThat(System.nanoTime() - begun).isLessThan(10_000_000_000L);
  }

  @Test
  void theFirstNodeDeletesTheEntriesOfAnEarlierCluster() throws Exception {
    String prefix = STORE.newCluster();
    Bytes old =
        new KeyLayout(prefix).haEntry("__vertx.haInfo", ValueCodec.encode("a node long gone"));
    Store.await(STORE.server().client().put(Command.Put.of(old, ValueCodec.encode("{}"))));
    Vertx node =
        Store.await(Vertx.builder().withClusterManager(STORE.manager(prefix)).buildClustered());
    Map<String, String> map = TestCluster.manager(node).getSyncMap("__vertx.haInfo");
    assertThat(map).isEmpty();
    map.put("a", "b");
    assertThat(map).containsExactly(Map.entry("a", "b"));
    assertThat(map.remove("a")).isEqualTo("b");
    assertThat(map).isEmpty();
    Store.await(node.close());
  }

  @Test
  void everyResultIsDeliveredOnAContextOfTheClusteredVertx() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 1)) {
      Vertx node = cluster.node(0);
      QuorateStore store = STORE.server().client();
      assertThat(store).isNotNull();
      Context caller = node.getOrCreateContext();
      Promise<List<@Nullable Context>> seen = Promise.promise();
      caller.runOnContext(
          v -> {
            List<@Nullable Context> contexts = new ArrayList<>();
            node.sharedData()
                .<String, String>getAsyncMap("map")
                .compose(
                    map -> {
                      contexts.add(Vertx.currentContext());
                      return map.put("a", "b").map(map);
                    })
                .compose(
                    (AsyncMap<String, String> map) -> {
                      contexts.add(Vertx.currentContext());
                      return map.get("a");
                    })
                .compose(
                    value -> {
                      contexts.add(Vertx.currentContext());
                      return node.sharedData().getCounter("counter");
                    })
                .compose(
                    counter -> {
                      contexts.add(Vertx.currentContext());
                      return counter.incrementAndGet();
                    })
                .compose(
                    count -> {
                      contexts.add(Vertx.currentContext());
                      return node.sharedData().getLock("lock");
                    })
                .compose(
                    lock -> {
                      contexts.add(Vertx.currentContext());
                      lock.release();
                      return node.eventBus().consumer("address", m -> {}).completion();
                    })
                .onComplete(
                    done -> {
                      contexts.add(Vertx.currentContext());
                      seen.complete(contexts);
                    });
          });
      assertThat(Store.await(seen.future())).hasSize(7).allMatch(caller::equals);
      Promise<@Nullable Context> callback = Promise.promise();
      cluster
          .manager(0)
          .getNodeInfo("nobody", (info, failure) -> callback.complete(Vertx.currentContext()));
      assertThat(((ContextInternal) Store.await(callback.future())).owner()).isSameAs(node);
    }
  }
}
