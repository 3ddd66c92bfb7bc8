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
 * Looks whether somebody is there before the event bus connects to a node. The bus asks for a node
 * each time that it has a message for it and no connection, and logs each connect that is refused
 * with its stack; a node that was killed is asked for until its session runs out. So one that does
 * not answer is looked for four times a second, and the bus hears of it without a stack. One whose
 * connection has ended may be about to leave, and is looked for a moment later: a connection that
 * it takes while it closes is reset.
 */
final class Reachability {
  private static final int CONNECT_MILLIS = 1_000;
  private static final long AGAIN_MILLIS = 250;
  private static final int MOST_NODES = 10_000;
  private static final String METRICS_NAME = "quorate-reachability";

  private final Home home;
  private final NetClient client;

  // ---- home: those that were not there, and when
  private final Map<String, Long> missed = new HashMap<>();

  // ---- home: those that the bus has had a connection to
  private final Set<String> connected = new HashSet<>();

  Reachability(Home home) {
    this.home = home;
    this.client =
        home.vertx()
            .createNetClient(
                new NetClientOptions()
                    .setConnectTimeout(CONNECT_MILLIS)
                    .setMetricsName(METRICS_NAME));
  }

  /** What the answer to a question for {@code nodeId} is to be given to. Any thread. */
  Completable<NodeInfo> before(String nodeId, Completable<NodeInfo> answer) {
    return (info, failure) -> {
      if (info == null) {
        answer.fail(failure);
      } else {
        home.run(() -> look(nodeId, info, answer));
      }
    };
  }

  private void look(String nodeId, NodeInfo info, Completable<NodeInfo> answer) {
    Long last = connected.remove(nodeId) ? Long.valueOf(System.nanoTime()) : missed.get(nodeId);
    long waitMillis =
        last == null ? 0 : AGAIN_MILLIS - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - last);
    if (waitMillis > 0) {
      long unused = home.timer(waitMillis, () -> connect(nodeId, info, answer));
    } else {
      connect(nodeId, info, answer);
    }
  }

  private void connect(String nodeId, NodeInfo info, Completable<NodeInfo> answer) {
    home.<NetSocket>hear(
        client.connect(info.port(), info.host()),
        (socket, failure) -> {
          if (socket != null) {
            socket.close();
          } else if (!(failure instanceof IllegalStateException)) { // closed, and so is the bus
            bound();
            missed.put(nodeId, System.nanoTime());
            answer.fail(
                new VertxException(
                    "nobody can be reached where node " + nodeId + " was: " + failure.getMessage(),
                    true));
            return;
          }
          bound();
          missed.remove(nodeId);
          connected.add(nodeId);
          answer.succeed(info);
        });
  }

  /** Ids come and go; to have forgotten one costs a line in the log. */
  private void bound() {
    if (missed.size() + connected.size() >= MOST_NODES) {
      missed.clear();
      connected.clear();
    }
  }

  /** What is asked afterwards is answered without looking. */
  void close() {
    client.close();
  }
}
