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

/** What listeners hear of what happened while their node was out of the cluster. */
class NodesTest {
  private static final int MOST_HELD = 10_000;
  private static final String OWN = "0123456789abcdef";

  private final Keys keys = new Keys("t/");
  private final ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();
  private Vertx vertx;
  private Home home;
  private Nodes nodes;
  private long revision;

  @BeforeEach
  void open() {
    vertx = Vertx.vertx();
    home = new Home(vertx);
    nodes = new Nodes(home, keys, nobodyAsks(), OWN, evicted -> {}, () -> {}, () -> {});
    nodes.listener(
        new NodeListener() {
          @Override
          public void nodeAdded(String nodeId) {
            hear("+", nodeId);
          }

          @Override
          public void nodeLeft(String nodeId) {
            hear("-", nodeId);
          }
        });
  }

  private void hear(String what, String nodeId) {
    List<String> ids = nodes.ids().stream().map(id -> id.equals(OWN) ? "own" : id).toList();
    heard.add(what + nodeId + ids + (nodes.isHidden(nodeId) ? " hidden" : ""));
  }

  @AfterEach
  void close() throws Exception {
    nodes.close();
    Store.await(vertx.close());
  }

  private static QuorateStore nobodyAsks() {
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
    atHome(() -> nodes.put(kv));
  }

  private void goes(String nodeId) {
    revision++;
    atHome(() -> nodes.deleted(keys.node(nodeId), revision));
  }

  private void atHome(Runnable task) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    home.run(
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
  void whileThisNodeIsOutTheOthersAreGone() {
    comes("a");
    comes(OWN);
    comes("b");
    atHome(nodes::sessionBegun);
    hears(2);
    heard.clear();
    atHome(nodes::sessionLost);
    assertThat(nodes.ids()).containsExactly(OWN);
    hears(2);
    assertThat(heard).containsExactly("-a[own, b] hidden", "-b[own] hidden");
    atHome(nodes::sessionBegun);
    hears(4);
    assertThat(heard).endsWith("+a[a, own]", "+b[a, own, b]");
    assertThat(nodes.ids()).containsExactly("a", OWN, "b");
  }

  @Test
  void whatHappenedMeanwhileIsToldInOrderWithTheListsOfThen() {
    comes("a");
    comes(OWN);
    atHome(nodes::sessionBegun);
    hears(1);
    heard.clear();
    atHome(nodes::sessionLost);
    comes("b");
    goes("a");
    hears(1);
    assertThat(heard).containsExactly("-a[own] hidden");
    atHome(nodes::sessionBegun);
    hears(4);
    assertThat(heard).endsWith("+a[a, own]", "+b[a, own, b]", "-a[own, b]");
  }

  /** Its own key was gone, too; the others chose without it. */
  @Test
  void thisNodeIsInTheListOnceItIsBack() {
    comes("a");
    comes(OWN);
    atHome(nodes::sessionBegun);
    hears(1);
    atHome(nodes::sessionLost);
    goes(OWN);
    comes("b");
    comes(OWN);
    atHome(nodes::sessionBegun);
    hears(4);
    assertThat(heard).endsWith("+b[a, b, own]");
  }

  /** It may have left something that others are to take over. */
  @Test
  void whoCameAndWentMeanwhileIsToldToHaveGone() {
    comes(OWN);
    comes("a");
    goes("a");
    comes("b");
    atHome(nodes::sessionBegun);
    hears(2);
    assertThat(heard).containsExactly("-a[own]", "+b[own, b]");
  }

  @Test
  void whoIsBackBeforeItIsToldToHaveLeftIsNotFailedOverFrom() {
    comes(OWN);
    comes("a");
    goes("a");
    comes("a");
    atHome(nodes::sessionBegun);
    hears(2);
    assertThat(heard).containsExactly("-a[own] hidden", "+a[own, a]");
  }

  @Test
  void whatWaitsIsBounded() {
    comes(OWN);
    for (int i = 0; i < MOST_HELD + 5; i++) {
      comes("n" + i);
      goes("n" + i);
    }
    atHome(nodes::sessionBegun);
    comes("last");
    TestCluster.until(() -> heard.contains("+last[own, last]"));
    assertThat(heard).hasSize(MOST_HELD + 1);
    assertThat(heard.peek()).isEqualTo("-n5[own]");
  }
}
