package io.quorate.vertx.member;

import io.quorate.vertx.client.HostPort;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.options.FileNames;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.member.options.UnixUrl;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** Checks that a member can listen on its ports, and words the error if it cannot. */
final class Ports {
  private Ports() {}

  /** Throws if a port is in use. Called before anything on the disk is changed. */
  static void refuseInUse(QuorateOptions options, boolean forPeers) {
    ClientUrl.of(options).forEach(Ports::refuseIfInUse);
    if (forPeers) {
      options.getListenPeerUrls().forEach(url -> refuseIfInUse("listen-peer-urls", url));
    }
  }

  private static void refuseIfInUse(ClientUrl client) {
    if (UnixUrl.is(client.url())) {
      freeSocketFile(client.flag(), client.url());
    } else {
      refuseIfInUse(client.flag(), client.url());
    }
  }

  /**
   * Removes the file of a socket that nobody listens on any more: a process that was killed leaves
   * it behind, and listening on it again would fail.
   */
  private static void freeSocketFile(String flag, URI url) {
    Path file = FileNames.path(UnixUrl.path(url));
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try {
      // connecting to a regular file is refused just like to a socket without a listener
      if (!Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .isOther()) {
        throw cannotListen(flag, url, "the file is no socket");
      }
      try (SocketChannel test = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
        throw cannotListen(flag, url, "another process listens there");
      } catch (ConnectException nobodyListens) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw cannotListen(flag, url, String.valueOf(e.getMessage()));
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

  /**
   * The error for a port that was free when it was checked: another process took it since, or two
   * of the member's own URLs are the same address.
   */
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
