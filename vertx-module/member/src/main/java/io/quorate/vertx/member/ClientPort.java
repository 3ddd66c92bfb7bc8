package io.quorate.vertx.member;

import io.quorate.vertx.client.HostPort;
import io.quorate.vertx.member.grpc.RpcOptions;
import io.quorate.vertx.member.http.ClientEndpoint;
import io.quorate.vertx.member.http.EndpointOptions;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.member.options.UnixUrl;
import io.quorate.vertx.member.store.MemberStore;
import io.quorate.vertx.member.tls.TlsMaterial;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The client port of a member: its listeners, one endpoint for each event loop, and its
 * certificates.
 */
final class ClientPort {
  private static final long CLOSE_CALLS_MILLIS = 300;
  private static final int MAX_RESETS_PER_30_SECONDS = 100_000;
  private static final long MIN_KEEPALIVE_INTERVAL_MILLIS = 1_000;

  private final QuorateOptions options;
  private final Vertx vertx;
  private final MemberStore store;
  private final Consumer<AutoCloseable> opened;
  private final FirstStart.BoundedWait boundedWait;

  /**
   * @param opened called with each resource that has to be closed, before the resource is used
   */
  ClientPort(
      QuorateOptions options,
      Vertx vertx,
      MemberStore store,
      Consumer<AutoCloseable> opened,
      FirstStart.BoundedWait boundedWait) {
    this.options = options;
    this.vertx = vertx;
    this.store = store;
    this.opened = opened;
    this.boundedWait = boundedWait;
  }

  /** Opens one endpoint on each event loop; all of them share the ports. */
  List<String> listen(int eventLoops, @Nullable TlsMaterial tls) throws Exception {
    List<ClientEndpoint.Listener> listeners =
        ClientUrl.of(options).stream()
            .map(
                url ->
                    new ClientEndpoint.Listener(
                        url.address(), url.isSecure() ? tls : null, url.faces()))
            .toList();
    List<String> clientUrls = List.of();
    List<ClientEndpoint> endpoints = new ArrayList<>();
    EndpointOptions endpointOptions = endpointOptions(options);
    for (int i = 0; i < eventLoops; i++) {
      ClientEndpoint endpoint = new ClientEndpoint(vertx, store, endpointOptions);
      opened.accept(() -> boundedWait.await(endpoint.close()));
      Promise<Void> listening = Promise.promise();
      ((VertxInternal) vertx)
          .createEventLoopContext()
          .runOnContext(v -> endpoint.listenOn(listeners).onComplete(listening));
      try {
        boundedWait.await(listening.future());
      } catch (ExecutionException e) {
        throw Ports.cannotListen(
            "listen-client-urls", ClientUrl.of(options).stream().map(ClientUrl::url).toList(), e);
      }
      if (i == 0) {
        clientUrls = advertised(endpoint.ports());
      }
      endpoints.add(endpoint);
    }
    if (tls != null) {
      CertificateReload reload =
          new CertificateReload(
              vertx,
              () -> ServerTls.clientsAgain(options),
              tls,
              changed -> Future.join(endpoints.stream().map(e -> e.update(changed)).toList()));
      opened.accept(reload::end);
      reload.begin();
    }
    return clientUrls;
  }

  /** The advertised client URLs. A port of 0 is replaced by the port that the system assigned. */
  private List<String> advertised(List<Integer> ports) {
    return options.getAdvertiseClientUrls().stream()
        .map(
            url -> {
              HostPort hostPort = UnixUrl.is(url) ? null : HostPort.required(url);
              return hostPort != null && hostPort.port() == 0
                  ? url.getScheme() + "://" + hostPort.host() + ":" + ports.get(0)
                  : url.toString();
            })
        .toList();
  }

  static EndpointOptions endpointOptions(QuorateOptions options) {
    long interval = options.getGrpcKeepaliveIntervalMillis();
    return new EndpointOptions(
        RpcOptions.of(
            options.getMaxRequestBytes(),
            options.getMaxTxnOps(),
            options.getElectionTimeoutMillis(),
            options.getWatchProgressNotifyIntervalMillis()),
        CLOSE_CALLS_MILLIS,
        options.getMaxConcurrentStreams(),
        MAX_RESETS_PER_30_SECONDS,
        1 << 20,
        8 << 20,
        options.getGrpcKeepaliveMinTimeMillis(),
        interval <= 0 ? 0 : Math.max(interval, MIN_KEEPALIVE_INTERVAL_MILLIS),
        Math.max(0, options.getGrpcKeepaliveTimeoutMillis()),
        EndpointOptions.DEFAULT_HANDSHAKE_TIMEOUT_MILLIS);
  }
}
