package io.quorate.vertx.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;

/** Addresses on 127.0.0.1. */
public final class Loopback {
  private Loopback() {}

  public static URI url(int port) {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** A port that was free a moment ago. */
  public static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
