package io.quorate.vertx.member;

import io.quorate.vertx.client.HostPort;
import io.quorate.vertx.member.http.BrowserRules;
import io.quorate.vertx.member.http.Face;
import io.quorate.vertx.member.http.Faces;
import io.quorate.vertx.member.options.Options;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.member.options.UnixUrl;
import io.vertx.core.net.SocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * A URL on which a member listens for clients.
 *
 * @param flag the flag that has it
 * @param faces what is served there
 */
record ClientUrl(String flag, URI url, List<Face.Maker> faces) {

  /**
   * All of them; those of {@code --listen-client-urls} come first. Like etcd, these serve gRPC only
   * if there are URLs for HTTP only.
   */
  static List<ClientUrl> of(QuorateOptions options) {
    List<ClientUrl> all = new ArrayList<>();
    List<URI> http = options.getListenClientHttpUrls();
    Face.Maker plain =
        Faces.plain(
            BrowserRules.of(options.get(Options.CORS), options.get(Options.HOST_WHITELIST)));
    add(
        all,
        Options.LISTEN_CLIENT_URLS.name(),
        options.getListenClientUrls(),
        http.isEmpty() ? List.of(Faces.GRPC, plain) : List.of(Faces.GRPC));
    add(all, Options.LISTEN_CLIENT_HTTP_URLS.name(), http, List.of(plain));
    add(
        all,
        Options.LISTEN_METRICS_URLS.name(),
        options.getListenMetricsUrls(),
        List.of(Faces.CHECKS));
    return all;
  }

  private static void add(
      List<ClientUrl> all, String flag, List<URI> urls, List<Face.Maker> faces) {
    urls.forEach(url -> all.add(new ClientUrl(flag, url, faces)));
  }

  SocketAddress address() {
    if (UnixUrl.is(url)) {
      return SocketAddress.domainSocketAddress(UnixUrl.path(url));
    }
    HostPort hostPort = HostPort.required(url);
    return SocketAddress.inetSocketAddress(hostPort.port(), hostPort.bareHost());
  }

  boolean isSecure() {
    return QuorateOptions.isSecure(url);
  }
}
