package io.quorate.vertx.member.http;

import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.member.fault.FatalErrors;
import io.quorate.vertx.member.store.MemberStore;
import io.quorate.vertx.member.tls.TlsFailure;
import io.quorate.vertx.member.tls.TlsMaterial;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The port for clients: gRPC (HTTP/2 with prior knowledge) and plain HTTP/1.1, distinguished by the
 * first bytes of a connection, or with TLS by the protocol that the handshake has negotiated.
 *
 * <p>An endpoint serves on one event loop: that of the context on which {@link #listen} is called,
 * or of a new context. Several endpoints on different contexts that listen on the same address
 * share the port; a connection stays with one of them. {@link #listen} and {@link #close} may be
 * called from any thread, once each.
 */
public final class ClientEndpoint {
  private static final Logger LOG = Logger.getLogger(ClientEndpoint.class);
  private static final int RESET_WINDOW_SECONDS = 30;

  /** Closed within ten seconds, as by etcd, even if ten thousand connections come at once. */
  private static final int MAX_TLS_HANDSHAKE_MILLIS = 8_000;

  private static final int FAILURES_PER_LOG_LINE = 1_000;

  /** Of all endpoints of this process: failed handshakes must not fill the log. */
  private static final AtomicLong FAILED_HANDSHAKES = new AtomicLong();

  /**
   * An address to listen on.
   *
   * @param tls null for plain connections
   * @param faces what is served there; a request goes to the first one that accepts it
   */
  public record Listener(SocketAddress address, @Nullable TlsMaterial tls, List<Face.Maker> faces) {
    public Listener {
      faces = List.copyOf(faces);
    }
  }

  private final Vertx vertx;
  private final MemberStore client;
  private final EndpointOptions options;
  private @Nullable Context context;
  private List<Face> faces = List.of();
  private List<HttpServer> servers = List.of();
  private List<HttpServer> encrypted = List.of();

  /**
   * @param client called on the endpoint's event loop only
   */
  public ClientEndpoint(Vertx vertx, MemberStore client, EndpointOptions options) {
    this.vertx = vertx;
    this.client = client;
    this.options = options;
  }

  /** Like {@link #listenOn}, for plain connections with all faces at each address. */
  public Future<Void> listen(List<SocketAddress> addresses) {
    return listenOn(
        addresses.stream().map(address -> new Listener(address, null, Faces.ALL)).toList());
  }

  /**
   * Opens all {@code listeners}; if one of them fails, none stays open and the future fails.
   *
   * @throws IllegalStateException if called before
   */
  public synchronized Future<Void> listenOn(List<Listener> listeners) {
    if (context != null) {
      throw new IllegalStateException("listens already");
    }
    Context own = vertx.getOrCreateContext();
    context = own;
    Promise<Void> listening = Promise.promise();
    own.runOnContext(start -> open(listeners).<Void>mapEmpty().onComplete(listening));
    return listening.future().recover(e -> close().transform(closed -> Future.failedFuture(e)));
  }

  private Future<?> open(List<Listener> listeners) {
    Map<Face.Maker, Face> made = new LinkedHashMap<>();
    List<Future<HttpServer>> opening = new ArrayList<>();
    List<HttpServer> opened = new ArrayList<>();
    List<HttpServer> openedEncrypted = new ArrayList<>();
    for (Listener listener : listeners) {
      List<Face> own =
          listener.faces().stream()
              .map(maker -> made.computeIfAbsent(maker, m -> m.make(vertx, client, options)))
              .toList();
      HttpServerOptions http = httpOptions();
      TlsMaterial tls = listener.tls();
      if (tls != null) {
        encrypt(http, tls);
      }
      HttpServer server =
          vertx
              .createHttpServer(http)
              .requestHandler(request -> route(own, request))
              .connectionHandler(
                  connection -> {
                    connection.exceptionHandler(ClientEndpoint::failed);
                    connection.closeHandler(closed -> own.forEach(face -> face.closed(connection)));
                    ConnectionGuard.guard(connection, options);
                  })
              .exceptionHandler(ClientEndpoint::failed);
      opened.add(server);
      if (tls != null) {
        openedEncrypted.add(server);
      }
      opening.add(server.listen(listener.address()));
    }
    synchronized (this) {
      faces = List.copyOf(made.values());
      servers = opened;
      encrypted = openedEncrypted;
    }
    return Future.join(opening);
  }

  private HttpServerOptions httpOptions() {
    return new HttpServerOptions()
        .setTcpKeepAlive(true)
        // the limit until the protocol is known; then ConnectionGuard sets its own
        .setReadIdleTimeout(options.handshakeTimeoutMillis())
        .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
        .setInitialSettings(
            new Http2Settings()
                .setMaxConcurrentStreams(options.maxConcurrentStreams())
                .setInitialWindowSize(options.streamWindowBytes()))
        .setHttp2ConnectionWindowSize(options.connectionWindowBytes())
        .setHttp2RstFloodMaxRstFramePerWindow(options.maxResetsPer30Seconds())
        .setHttp2RstFloodWindowDuration(RESET_WINDOW_SECONDS)
        .setHttp2RstFloodWindowDurationTimeUnit(TimeUnit.SECONDS);
  }

  private void encrypt(HttpServerOptions http, TlsMaterial tls) {
    tls.turnOn(http)
        .setClientAuth(tls.clientAuth())
        .setUseAlpn(true)
        .setAlpnVersions(List.of(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1))
        .setSslHandshakeTimeout(
            Math.min(MAX_TLS_HANDSHAKE_MILLIS, options.handshakeTimeoutMillis()))
        .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
  }

  private static void failed(Throwable e) {
    FatalErrors.report(e);
    if (!(e instanceof SSLException)) {
      LOG.debug("connection failed: {}", e.toString());
      return;
    }
    long count = FAILED_HANDSHAKES.getAndIncrement();
    if (count % FAILURES_PER_LOG_LINE == 0) {
      LOG.warn(
          "rejected connection on client endpoint: {} ({} so far)", TlsFailure.text(e), count + 1);
    }
  }

  /**
   * Uses other certificates, keys and authorities for new TLS connections; has no effect on plain
   * listeners. Any thread.
   */
  public Future<Void> update(TlsMaterial tls) {
    List<HttpServer> updating;
    synchronized (this) {
      updating = encrypted;
    }
    return Future.join(updating.stream().map(s -> s.updateSSLOptions(tls.server())).toList())
        .mapEmpty();
  }

  private static void route(List<Face> faces, HttpServerRequest request) {
    for (Face face : faces) {
      if (face.takes(request)) {
        face.handle(request);
        return;
      }
    }
    request.response().setStatusCode(404).end();
  }

  /** Memory for answers that are being made or have not left yet, in bytes. Any thread. */
  public synchronized long answerBytes() {
    return faces.stream().mapToLong(Face::answerBytes).sum();
  }

  /** The ports listened on, in the order of the addresses. */
  public synchronized List<Integer> ports() {
    return servers.stream().map(HttpServer::actualPort).toList();
  }

  /**
   * Refuses new connections and calls, ends the streams, waits for running calls up to the request
   * timeout, and closes the connections. Does nothing if {@link #listen} was not called.
   */
  public synchronized Future<Void> close() {
    Context own = context;
    if (own == null) {
      return Future.succeededFuture();
    }
    Promise<Void> closed = Promise.promise();
    own.runOnContext(stop -> shutDown().onComplete(closed));
    return closed.future();
  }

  private Future<Void> shutDown() {
    List<HttpServer> closing;
    List<Face> serving;
    synchronized (this) {
      closing = servers;
      serving = faces;
    }
    serving.forEach(Face::stop);
    List<Future<Void>> closings = new ArrayList<>();
    for (HttpServer server : closing) {
      closings.add(server.shutdown(options.requestTimeoutMillis(), TimeUnit.MILLISECONDS));
    }
    return Future.join(closings).<Void>mapEmpty().onComplete(done -> serving.forEach(Face::close));
  }
}
