package io.quorate.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.QuorateStore;
import io.vertx.core.Vertx;
import io.vertx.core.spi.cluster.NodeListener;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Events delivered to a listener whose node was out of the cluster. */
class NodesTest {
  private static final int MOST_HELD = 10_000;
  private static final String OWN = "0123456789abcdef";

  private final KeyLayout keys = new KeyLayout("t/");
  private final ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();
  private Vertx vertx;
  private ManagerContext context;
  private Nodes nodes;
  private long revision;

  @BeforeEach
  void open() {
    vertx = Vertx.vertx();
    context = new ManagerContext(vertx);
    nodes = new Nodes(context, keys, unusedStore(), OWN, evicted -> {}, () -> {}, () -> {});
    nodes.listener(
        new NodeListener() {
          @Override
          public void nodeAdded(String nodeId) {
            onComplete("+", nodeId);
          }

          @Override
          public void nodeLeft(String nodeId) {
            onComplete("-", nodeId);
          }
        });
  }

  private void onComplete(String what, String nodeId) {
    List<String> ids = nodes.ids().stream().map(id -> id.equals(OWN) ? "own" : id).toList();
    heard.add(what + nodeId + ids + (nodes.isHidden(nodeId) ? " hidden" : ""));
  }

  @AfterEach
  void close() throws Exception {
    nodes.close();
    Store.await(vertx.close());
  }

  private static QuorateStore unusedStore() {
    return (QuorateStore)
        Proxy.newProxyInstance(
            NodesTest.class.getClassLoader(),
            new Class<?>[] {QuorateStore.class},
            (proxy, method, args) -> {
              throw new AssertionError("asked: " + method);
            });
  }

  private void comes(String nodeId) {
    revision++;
    KeyValue kv = new KeyValue(keys.node(nodeId), Bytes.EMPTY, revision, revision, 1, 7);
    onContext(() -> nodes.put(kv));
  }

  private void goes(String nodeId) {
    revision++;
    onContext(() -> nodes.deleted(keys.node(nodeId), revision));
  }

  private void onContext(Runnable task) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    context.run(
        () -> {
          task.run();
          done.complete(null);
        });
    done.join();
  }

  private void hears(int events) {
    TestCluster.until(() -> heard.size() >= events);
  }

  @Test
  void whileThisNodeIsOutTheOthersHaveLeft() {
    comes("a");
    comes(OWN);
    comes("b");
    onContext(nodes::sessionBegun);
    hears(2);
    heard.clear();
    onContext(nodes::sessionLost);
    assertThat(nodes.ids()).containsExactly(OWN);
    hears(2);
    assertThat(heard).containsExactly("-a[own, b] hidden", "-b[own] hidden");
    onContext(nodes::sessionBegun);
    hears(4);
    assertThat(heard).endsWith("+a[a, own]", "+b[a, own, b]");
    assertThat(nodes.ids()).containsExactly("a", OWN, "b");
  }

  @Test
  void heldEventsAreDeliveredInOrderWithTheirLists() {
    comes("a");
    comes(OWN);
    onContext(nodes::sessionBegun);
    hears(1);
    heard.clear();
    onContext(nodes::sessionLost);
    comes("b");
    goes("a");
    hears(1);
    assertThat(heard).containsExactly("-a[own] hidden");
    onContext(nodes::sessionBegun);
    hears(4);
    assertThat(heard).endsWith("+a[a, own]", "+b[a, own, b]", "-a[own, b]");
  }

  /** Its own key was deleted too; the other nodes decided without it. */
  @Test
  void thisNodeIsInTheListsOfHeldEvents() {
    comes("a");
    comes(OWN);
    onContext(nodes::sessionBegun);
    hears(1);
    onContext(nodes::sessionLost);
    goes(OWN);
    comes("b");
    comes(OWN);
    onContext(nodes::sessionBegun);
    hears(4);
    assertThat(heard).endsWith("+b[a, b, own]");
  }

  /** It may have deployed something that has to be failed over. */
  @Test
  void onlyTheLeavingIsDeliveredForANodeThatJoinedAndLeft() {
    comes(OWN);
    comes("a");
    goes("a");
    comes("b");
    onContext(nodes::sessionBegun);
    hears(2);
    assertThat(heard).containsExactly("-a[own]", "+b[own, b]");
  }

  @Test
  void aRejoinedNodeIsHiddenWhileItsLeavingIsDelivered() {
    comes(OWN);
    comes("a");
    goes("a");
    comes("a");
    onContext(nodes::sessionBegun);
    hears(2);
    assertThat(heard).containsExactly("-a[own] hidden", "+a[own, a]");
  }

  @Test
  void heldEventsAreBounded() {
    comes(OWN);
    for (int i = 0; i < MOST_HELD + 5; i++) {
      comes("n" + i);
      goes("n" + i);
    }
    onContext(nodes::sessionBegun);
    comes("last");
    TestCluster.until(() -> heard.contains("+last[own, last]"));
    assertThat(heard).hasSize(MOST_HELD + 1);
    assertThat(heard.peek()).isEqualTo("-n5[own]");
  }
}
