package io.quorate.cluster;

import io.vertx.core.Completable;
import io.vertx.core.VertxException;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.spi.cluster.NodeInfo;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Looks first whether somebody is there when the event bus is to connect to a node again. The bus
 * asks for a node each time that it has a message for it and no connection, and logs each connect
 * that is refused with its stack; a node that was killed is asked for until its session runs out.
 * So one that does not answer is looked for four times a second, and the bus hears of it without a
 * stack. The first time it is told at once.
 */
final class Reconnects {
  private static final int CONNECT_MILLIS = 1_000;
  private static final long AGAIN_MILLIS = 250;
  private static final int MOST_NODES = 10_000;
  private static final String METRICS_NAME = "quorate-reconnects";

  private final Home home;
  private final NetClient client;

  // ---- under the lock of this: those that were asked for, and when they last were not there
  private final Map<String, @Nullable Long> askedFor =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, @Nullable Long> eldest) {
          return size() > MOST_NODES;
        }
      };

  /** On {@code home}, so that it is not closed before this node has left. */
  Reconnects(Home home) {
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
      if (info == null || isFirst(nodeId)) {
        answer.complete(info, failure);
      } else {
        home.run(() -> look(nodeId, info, answer));
      }
    };
  }

  private synchronized boolean isFirst(String nodeId) {
    if (askedFor.containsKey(nodeId)) {
      return false;
    }
    askedFor.put(nodeId, null);
    return true;
  }

  private void look(String nodeId, NodeInfo info, Completable<NodeInfo> answer) {
    long waitMillis = waitMillis(nodeId);
    if (waitMillis > 0) {
      long unused = home.timer(waitMillis, () -> connect(nodeId, info, answer));
    } else {
      connect(nodeId, info, answer);
    }
  }

  private synchronized long waitMillis(String nodeId) {
    Long missed = askedFor.get(nodeId);
    return missed == null
        ? 0
        : AGAIN_MILLIS - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - missed);
  }

  private void connect(String nodeId, NodeInfo info, Completable<NodeInfo> answer) {
    home.<NetSocket>hear(
        client.connect(info.port(), info.host()),
        (socket, failure) -> {
          boolean closed = failure instanceof IllegalStateException; // then the bus is as well
          if (socket == null && !closed) {
            remember(nodeId, System.nanoTime());
            answer.fail(
                new VertxException(
                    "nobody can be reached where node " + nodeId + " was: " + failure.getMessage(),
                    true));
            return;
          }
          if (socket != null) {
            socket.close();
          }
          remember(nodeId, null);
          answer.succeed(info);
        });
  }

  private synchronized void remember(String nodeId, @Nullable Long missed) {
    askedFor.put(nodeId, missed);
  }

  /** What is asked afterwards is answered without looking. */
  void close() {
    client.close();
  }
}
