package io.quorate.vertx.member;

import io.quorate.vertx.client.HostPort;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.options.QuorateOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** Where a member listens, and how it is said that it cannot. */
final class Ports {
  private Ports() {}

  /** Before anything is changed on the disk. */
  static void refuseInUse(QuorateOptions options, boolean forPeers) {
    if (options.listenPeerUrls().size() > 1) {
      throw new ConfigurationException(
          "listen-peer-urls",
          options.listenPeerUrls(),
          "more than one address for peers is not supported; give one");
    }
    for (URI url : options.listenClientUrls()) {
      refuseIfInUse("listen-client-urls", url);
    }
    if (forPeers) {
      refuseIfInUse("listen-peer-urls", options.listenPeerUrls().get(0));
    }
  }

  private static void refuseIfInUse(String flag, URI url) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      HostPort hostPort = HostPort.required(url);
      socket.bind(new InetSocketAddress(hostPort.bareHost(), hostPort.port()));
    } catch (IOException e) {
      throw cannotListen(flag, url, String.valueOf(e.getMessage()));
    }
  }

  /** When somebody else took it between the look and the deed, or two of ours are one address. */
  static Exception cannotListen(String flag, List<URI> urls, ExecutionException e) {
    if (!(e.getCause() instanceof IOException cause)) {
      return e;
    }
    String where = String.join(",", urls.stream().map(URI::toString).toList());
    return cannotListen(flag, where, String.valueOf(cause.getMessage()));
  }

  private static ConfigurationException cannotListen(String flag, Object where, String why) {
    return new ConfigurationException(
        flag, where, "cannot listen there (" + why + "); choose another address or port");
  }
}
