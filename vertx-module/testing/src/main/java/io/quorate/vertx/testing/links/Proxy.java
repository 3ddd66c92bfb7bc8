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
 * A port on loopback that stands before another one. Which link a connection belongs to is decided
 * by its first bytes if need be: members tell on the bus where they themselves are to be found.
 */
public final class Proxy {
  private static final String LOOPBACK = "127.0.0.1";

  /** Of loopback. */
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
   * @param at port 0 for any that is free
   * @param linkOf which link a connection is of, by what came first on it (nothing, to begin with);
   *     null for "not yet". One that has not said by four kilobytes is closed
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

  /** Where it listens; in text host and port. */
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
