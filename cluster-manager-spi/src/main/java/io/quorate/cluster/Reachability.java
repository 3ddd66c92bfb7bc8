package io.quorate.cluster;

import io.vertx.core.Completable;
import io.vertx.core.VertxException;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.spi.cluster.NodeInfo;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Tests whether a node accepts connections before the event bus connects to it. The bus asks for
 * the node info each time it has a message for a node and no connection, and logs each refused
 * connect with a stack trace; this goes on for a killed node until its session expires. So an
 * unreachable node is tested at most four times a second, and the bus gets an exception without a
 * stack trace. A node whose connection has ended may be closing, and is tested a moment later: a
 * connection that it accepts while it closes is reset.
 */
final class Reachability {
  private static final int CONNECT_MILLIS = 1_000;
  private static final long AGAIN_MILLIS = 250;
  private static final int MOST_NODES = 10_000;
  private static final String METRICS_NAME = "quorate-reachability";

  private final ManagerContext context;
  private final NetClient client;

  // ---- context: unreachable nodes, and when they were tested
  private final Map<String, Long> missed = new HashMap<>();

  // ---- context: nodes that were reachable
  private final Set<String> connected = new HashSet<>();

  Reachability(ManagerContext context) {
    this.context = context;
    this.client =
        context
            .vertx()
            .createNetClient(
                new NetClientOptions()
                    .setConnectTimeout(CONNECT_MILLIS)
                    .setMetricsName(METRICS_NAME));
  }

  /**
   * Wraps {@code answer}: the node info of {@code nodeId} is tested before it is passed on. Any
   * thread.
   */
  Completable<NodeInfo> before(String nodeId, Completable<NodeInfo> answer) {
    return (info, failure) -> {
      if (info == null) {
        answer.fail(failure);
      } else {
        context.run(() -> look(nodeId, info, answer));
      }
    };
  }

  private void look(String nodeId, NodeInfo info, Completable<NodeInfo> answer) {
    Long last = connected.remove(nodeId) ? Long.valueOf(System.nanoTime()) : missed.get(nodeId);
    long waitMillis =
        last == null ? 0 : AGAIN_MILLIS - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - last);
    if (waitMillis > 0) {
      long unused = context.timer(waitMillis, () -> connect(nodeId, info, answer));
    } else {
      connect(nodeId, info, answer);
    }
  }

  private void connect(String nodeId, NodeInfo info, Completable<NodeInfo> answer) {
    context.<NetSocket>onComplete(
        client.connect(info.port(), info.host()),
        (socket, failure) -> {
          if (socket != null) {
            socket.close();
          } else if (!(failure
              instanceof IllegalStateException)) { // this client is closed, and so is the bus
            bound();
            missed.put(nodeId, System.nanoTime());
            answer.fail(
                new VertxException(
                    "node " + nodeId + " cannot be reached: " + failure.getMessage(), true));
            return;
          }
          bound();
          missed.remove(nodeId);
          connected.add(nodeId);
          answer.succeed(info);
        });
  }

  /** Bounds the memory for node ids; a forgotten id costs one log line. */
  private void bound() {
    if (missed.size() + connected.size() >= MOST_NODES) {
      missed.clear();
      connected.clear();
    }
  }

  /** Later requests are answered without a test. */
  void close() {
    client.close();
  }
}
