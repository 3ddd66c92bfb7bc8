package io.quorate.vertx.testing.links;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A proxy: a port on loopback in front of another one. The first bytes of a connection can decide
 * which link it belongs to, since members on the bus send their own address.
 */
public final class Proxy {
  private static final String LOOPBACK = "127.0.0.1";

  /** A free port on loopback. */
  public static final SocketAddress ANY_PORT = SocketAddress.inetSocketAddress(0, LOOPBACK);

  private static final int MOST_PEEKED_BYTES = 4 << 10;

  private final NetServer server;
  private final NetClient client;
  private final String host;
  private final int targetPort;
  private final Function<Buffer, @Nullable Link> linkOf;

  private Proxy(
      Vertx vertx,
      NetClient client,
      String host,
      int targetPort,
      Function<Buffer, @Nullable Link> linkOf) {
    this.host = host;
    this.server = vertx.createNetServer(new NetServerOptions().setTcpNoDelay(true));
    this.client = client;
    this.targetPort = targetPort;
    this.linkOf = linkOf;
  }

  /**
   * @param at port 0 for any free port
   * @param linkOf finds the link for the first bytes of a connection, initially none; null for "not
   *     yet". A connection without a link after four kilobytes is closed
   */
  static Future<Proxy> listen(
      Vertx vertx,
      NetClient client,
      SocketAddress at,
      int targetPort,
      Function<Buffer, @Nullable Link> linkOf) {
    Proxy proxy = new Proxy(vertx, client, at.host(), targetPort, linkOf);
    proxy.server.connectHandler(proxy::accept);
    return proxy.server.listen(at).map(listening -> proxy);
  }

  /** The address it listens on, as host and port. */
  public SocketAddress address() {
    return SocketAddress.inetSocketAddress(server.actualPort(), host);
  }

  private void accept(NetSocket socket) {
    Buffer first = Buffer.buffer();
    Link known = linkOf.apply(first);
    if (known != null) {
      connect(socket, known, first);
      return;
    }
    socket.handler(
        bytes -> {
          first.appendBuffer(bytes);
          Link link = linkOf.apply(first);
          if (link != null) {
            connect(socket, link, first);
          } else if (first.length() > MOST_PEEKED_BYTES) {
            socket.close();
          }
        });
  }

  private void connect(NetSocket socket, Link link, Buffer first) {
    socket.pause();
    if (link.condition().mode() == Link.Mode.CUT) {
      socket.close();
      return;
    }
    client
        .connect(targetPort, LOOPBACK)
        .onFailure(refused -> socket.close())
        .onSuccess(target -> link.join(socket, target, first));
  }
}
