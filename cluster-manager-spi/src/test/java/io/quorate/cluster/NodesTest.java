package io.quorate.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.QuorateStore;
import io.vertx.core.Vertx;
import io.vertx.core.spi.cluster.NodeListener;
import java.lang.reflect.Proxy;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What listeners hear of what happened while their node was out of the cluster. */
class NodesTest {
  private static final int MOST_HELD = 10_000;

  private final Keys keys = new Keys("t/");
  private final ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();
  private Vertx vertx;
  private Nodes nodes;
  private long revision;

  @BeforeEach
  void open() {
    vertx = Vertx.vertx();
    nodes =
        new Nodes(
            new Home(vertx),
            keys,
            nobodyAsks(),
            "0123456789abcdef",
            evicted -> {},
            () -> {},
            () -> {});
    nodes.listener(
        new NodeListener() {
          @Override
          public void nodeAdded(String nodeId) {
            heard.add("+" + nodeId + nodes.ids());
          }

          @Override
          public void nodeLeft(String nodeId) {
            heard.add("-" + nodeId + nodes.ids());
          }
        });
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
    nodes.put(new KeyValue(keys.node(nodeId), Bytes.EMPTY, revision, revision, 1, 7));
  }

  private void goes(String nodeId) {
    nodes.deleted(keys.node(nodeId), ++revision);
  }

  private void hears(int events) {
    TestCluster.until(() -> heard.size() >= events);
  }

  @Test
  void whatHappenedMeanwhileIsToldInOrderWithTheListsOfThen() {
    nodes.sessionBegun();
    comes("a");
    hears(1);
    nodes.sessionLost();
    comes("b");
    goes("a");
    assertThat(heard).containsExactly("+a[a]");
    nodes.sessionBegun();
    hears(3);
    assertThat(heard).containsExactly("+a[a]", "+b[a, b]", "-a[b]");
  }

  /** It may have left something that others are to take over. */
  @Test
  void whoCameAndWentMeanwhileIsToldToHaveGone() {
    comes("a");
    goes("a");
    comes("b");
    nodes.sessionBegun();
    hears(2);
    assertThat(heard).containsExactly("-a[]", "+b[b]");
  }

  @Test
  void whatWaitsIsBounded() {
    for (int i = 0; i < MOST_HELD + 5; i++) {
      comes("n" + i);
      goes("n" + i);
    }
    nodes.sessionBegun();
    comes("last");
    TestCluster.until(() -> heard.contains("+last[last]"));
    assertThat(heard).hasSize(MOST_HELD + 1);
    assertThat(heard.peek()).isEqualTo("-n5[]");
  }
}
