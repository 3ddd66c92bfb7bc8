package io.quorate.vertx.peer;

import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.spi.metrics.TCPMetrics;
import io.vertx.core.spi.metrics.VertxMetrics;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Hears of each connection to a peer that is closed, at once. The event bus itself says so only to
 * the next one who writes, and only if nobody accepts connections there any more, which a proxy
 * goes on to do for a peer that has died. Of all that Vert.x tells, its metrics alone tell this.
 */
final class LostConnections implements VertxMetrics {
  private volatile BiConsumer<String, Integer> lost = (host, port) -> {};

  /**
   * @param lost gets host and port as they were connected to; on the loop of the connection
   */
  void handler(BiConsumer<String, Integer> lost) {
    this.lost = lost;
  }

  @Override
  public @Nullable TCPMetrics<?> createNetClientMetrics(NetClientOptions options) {
    if (options.getMetricsName().equals(PeerLine.METRICS_NAME)) {
      return null; // not the bus's
    }
    return new TCPMetrics<SocketAddress>() {
      @Override
      public SocketAddress connected(SocketAddress remoteAddress, @Nullable String remoteName) {
        return SocketAddress.inetSocketAddress(
            remoteAddress.port(), remoteName != null ? remoteName : remoteAddress.host());
      }

      @Override
      public void disconnected(SocketAddress connected, SocketAddress remoteAddress) {
        lost.accept(connected.host(), connected.port());
      }
    };
  }
}
