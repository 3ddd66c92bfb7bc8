package io.quorate.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.cluster.connection.RemoteConnection;
import io.quorate.cluster.connection.StoreConnection;
import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.QuorateStore;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Vert.x's high availability with nodes that lose their session and come back. */
class HighAvailabilityTest {
  private static final Store STORE = new Store();

  /** Node ids, one for each time that the verticle runs. */
  private static final List<String> RUNNING = new CopyOnWriteArrayList<>();

  private static final List<String> STARTED = new CopyOnWriteArrayList<>();

  /** Completes before the verticle on a node starts. */
  private static final Map<String, Promise<Void>> GATES = new ConcurrentHashMap<>();

  /** Records where it runs. */
  public static final class Singleton extends VerticleBase {
    private String nodeId = "";

    @Override
    public Future<?> start() {
      nodeId = TestCluster.manager(vertx).getNodeId();
      STARTED.add(nodeId);
      Promise<Void> gate = GATES.get(nodeId);
      RUNNING.add(nodeId);
      return gate == null ? Future.succeededFuture() : gate.future();
    }

    @Override
    public Future<?> stop() {
      RUNNING.remove(nodeId);
      return Future.succeededFuture();
    }
  }

  @BeforeAll
  static void open() throws Exception {
    STORE.before();
  }

  @AfterAll
  static void close() {
    STORE.after();
  }

  @BeforeEach
  void forget() {
    RUNNING.clear();
    STARTED.clear();
    GATES.clear();
  }

  /**
   * Opens sessions only when the test allows it: a node without a session is out of the cluster.
   */
  private static final class Gated implements StoreConnection {
    private final RemoteConnection remote;
    private volatile Future<Void> gate = Future.succeededFuture();
    private final AtomicInteger answersToLose = new AtomicInteger();

    Gated(String cluster) {
      remote = new RemoteConnection(STORE.options(cluster));
    }

    @Override
    public Future<QuorateClient> open(Vertx vertx) {
      return remote
          .open(vertx)
          .map(
              client ->
                  like(
                      QuorateClient.class,
                      (self, method, arguments) ->
                          switch (method.getName()) {
                            case "session" ->
                                gate.compose(open -> client.session((long) arguments[0]));
                            case "store" -> store(client.store());
                            default -> method.invoke(client, arguments);
                          }));
    }

    private QuorateStore store(QuorateStore store) {
      return like(
          QuorateStore.class,
          (self, method, arguments) -> {
            Object answer = method.invoke(store, arguments);
            return method.getName().equals("txn")
                    && answersToLose.getAndUpdate(n -> Math.max(0, n - 1)) > 0
                ? ((Future<?>) answer).transform(done -> Future.failedFuture("the answer was lost"))
                : answer;
          });
    }

    private static <T> T like(Class<T> type, InvocationHandler handler) {
      return type.cast(
          Proxy.newProxyInstance(Gated.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    @Override
    public @Nullable String host() {
      return remote.host();
    }

    @Override
    public Future<Void> close() {
      return remote.close();
    }
  }

  private final Map<Vertx, Gated> gated = new ConcurrentHashMap<>();

  private TestCluster cluster(int size, int quorum) throws Exception {
    TestCluster cluster = new TestCluster(STORE, 0);
    for (int i = 0; i < size; i++) {
      start(cluster, quorum);
    }
    return cluster;
  }

  private Vertx start(TestCluster cluster, int quorum) throws Exception {
    VertxOptions options = new VertxOptions().setHAEnabled(true).setQuorumSize(quorum);
    options.getEventBusOptions().setHost("localhost").setPort(0);
    Gated connection = new Gated(cluster.prefix());
    QuorateClusterManager manager =
        new QuorateClusterManager(connection, ManagerSettings.of(STORE.options(cluster.prefix())));
    Vertx node =
        Store.await(Vertx.builder().with(options).withClusterManager(manager).buildClustered());
    gated.put(node, connection);
    cluster.nodes.add(node);
    return node;
  }

  /** The node is out of the cluster until the promise is completed. */
  private Promise<Void> takeOut(TestCluster cluster, Vertx node) throws Exception {
    Promise<Void> back = Promise.promise();
    gated.get(node).gate = back.future();
    Bytes key = Bytes.utf8(cluster.prefix() + "s/n/" + id(node));
    long lease =
        Store.await(STORE.server().client().range(Command.Range.of(KeyRange.single(key))))
            .kvs()
            .get(0)
            .lease();
    Store.await(STORE.server().client().leaseRevoke(lease));
    return back;
  }

  private static void staysOnce(Vertx where) throws Exception {
    Store.await(where.timer(1_500, TimeUnit.MILLISECONDS)); // Vert.x looks each second
    assertThat(RUNNING).containsExactly(id(where));
  }

  private static String id(Vertx node) {
    return TestCluster.manager(node).getNodeId();
  }

  private static void deploy(Vertx on) throws Exception {
    String unused =
        Store.await(
            on.deployVerticle(
                "java:" + Singleton.class.getName(),
                new DeploymentOptions().setHa(true).setConfig(new JsonObject().put("a", 1))));
  }

  private static List<JsonObject> listed(TestCluster cluster, Vertx node) {
    Bytes key =
        new KeyLayout(cluster.prefix()).haEntry(SyncMaps.HA_INFO, ValueCodec.encode(id(node)));
    try {
      return Store.await(STORE.server().client().range(Command.Range.of(KeyRange.single(key))))
          .kvs()
          .stream()
          .map(kv -> (String) ValueCodec.decode(kv.value(), Store.class.getClassLoader()))
          .flatMap(json -> new JsonObject(json).getJsonArray("verticles", new JsonArray()).stream())
          .map(JsonObject.class::cast)
          .toList();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Then the other node has no quorum, so it does not fail over. */
  @Test
  void aNodeThatIsOutUndeploysItsVerticlesAndRedeploysThoseNotFailedOver() throws Exception {
    try (TestCluster cluster = cluster(2, 2)) {
      Vertx node = cluster.node(1);
      deploy(node);
      assertThat(listed(cluster, node)).hasSize(1);
      Promise<Void> back = takeOut(cluster, node);
      TestCluster.until(RUNNING::isEmpty);
      TestCluster.until(() -> cluster.manager(1).getNodes().equals(List.of(id(node))));
      assertThat(listed(cluster, node)).as("what may be failed over from").hasSize(1);
      back.complete();
      TestCluster.until(() -> RUNNING.equals(List.of(id(node))));
      staysOnce(node);
      assertThat(STARTED).containsExactly(id(node), id(node));
      assertThat(node.deploymentIDs())
          .containsExactly(listed(cluster, node).get(0).getString("dep_id"));
    }
  }

  @Test
  void failedOverVerticlesAreNotRedeployed() throws Exception {
    try (TestCluster cluster = cluster(2, 1)) {
      Vertx other = cluster.node(0);
      Vertx node = cluster.node(1);
      deploy(node);
      Promise<Void> back = takeOut(cluster, node);
      TestCluster.until(() -> RUNNING.equals(List.of(id(other))));
      TestCluster.until(() -> listed(cluster, node).isEmpty());
      back.complete();
      TestCluster.until(() -> cluster.manager(1).getNodes().size() == 2);
      staysOnce(other);
      assertThat(STARTED).containsExactly(id(node), id(other));
      // and it continues as a normal node
      Store.await(other.close());
      cluster.nodes.remove(other);
      RUNNING.clear();
      deploy(node);
      assertThat(listed(cluster, node)).hasSize(1);
    }
  }

  /**
   * The node retries, and must not mistake its own first write for an entry that was not failed
   * over.
   */
  @Test
  void failedOverVerticlesAreNotRedeployedIfTheFirstAnswerIsLost() throws Exception {
    try (TestCluster cluster = cluster(2, 1)) {
      Vertx other = cluster.node(0);
      Vertx node = cluster.node(1);
      deploy(node);
      Promise<Void> back = takeOut(cluster, node);
      TestCluster.until(() -> RUNNING.equals(List.of(id(other))));
      TestCluster.until(() -> listed(cluster, node).isEmpty());
      gated.get(node).answersToLose.set(1);
      back.complete();
      TestCluster.until(() -> cluster.manager(1).getNodes().size() == 2);
      assertThat(gated.get(node).answersToLose).hasValue(0);
      staysOnce(other);
    }
  }

  @Test
  void anUnfinishedFailoverIsVoidWhenTheNodeIsBack() throws Exception {
    try (TestCluster cluster = cluster(2, 1)) {
      Vertx other = cluster.node(0);
      Vertx node = cluster.node(1);
      deploy(node);
      Promise<Void> started = Promise.promise();
      GATES.put(id(other), started);
      Promise<Void> back = takeOut(cluster, node);
      TestCluster.until(() -> STARTED.contains(id(other)));
      back.complete();
      TestCluster.until(() -> STARTED.size() == 3);
      started.complete();
      TestCluster.until(() -> RUNNING.equals(List.of(id(node))));
      staysOnce(node);
      assertThat(listed(cluster, other)).isEmpty();
      assertThat(listed(cluster, node)).hasSize(1);
    }
  }

  /** Verticles that Vert.x itself undeployed without a quorum, and keeps in a queue. */
  @Test
  void verticlesUndeployedWithoutAQuorumAreListedOnceAndFailedOver() throws Exception {
    try (TestCluster cluster = cluster(2, 2)) {
      Vertx unused = cluster.start(); // without high availability: somebody is always there
      Vertx node = cluster.node(1);
      deploy(node);
      Store.await(cluster.nodes.remove(0).close());
      TestCluster.until(RUNNING::isEmpty);
      Vertx third = start(cluster, 2);
      TestCluster.until(() -> RUNNING.equals(List.of(id(node))));
      TestCluster.until(() -> listed(cluster, node).size() == 1);

      cluster.nodes.remove(third);
      Store.await(third.close());
      TestCluster.until(RUNNING::isEmpty);
      Promise<Void> back = takeOut(cluster, node);
      Vertx fourth = start(cluster, 1);
      Vertx fifth = start(cluster, 9);
      cluster.nodes.remove(fifth);
      Store.await(fifth.close()); // at which the fourth looks for what others have left
      TestCluster.until(() -> RUNNING.equals(List.of(id(fourth))));
      TestCluster.until(() -> listed(cluster, node).isEmpty());
      back.complete();
      TestCluster.until(() -> TestCluster.manager(node).getNodes().size() == 3);
      staysOnce(fourth);
    }
  }

  /** It finds no nodes, so it takes the entries for those of an earlier cluster. */
  @Test
  void aNodeThatJoinsWhileAllOthersAreOutFailsOverNothing() throws Exception {
    try (TestCluster cluster = cluster(1, 1)) {
      Vertx node = cluster.node(0);
      deploy(node);
      Promise<Void> back = takeOut(cluster, node);
      TestCluster.until(RUNNING::isEmpty);
      Vertx other = start(cluster, 1);
      assertThat(listed(cluster, node)).isEmpty();
      back.complete();
      TestCluster.until(() -> RUNNING.equals(List.of(id(node))));
      staysOnce(node);
      assertThat(listed(cluster, node)).hasSize(1);
      assertThat(listed(cluster, other)).isEmpty();
    }
  }
}
