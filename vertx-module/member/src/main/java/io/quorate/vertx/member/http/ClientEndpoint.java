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
 * The port clients talk to: gRPC (HTTP/2 with prior knowledge) and plain HTTP/1.1, told apart by
 * their first bytes; with TLS, by what the handshake has agreed on.
 *
 * <p>One endpoint serves on one event loop, that of the context {@link #listen} is called on (or of
 * one of its own). Several endpoints on different contexts that listen on the same address share
 * the port, each connection staying with one of them. {@link #listen} and {@link #close} may be
 * called from any thread, once each.
 */
public final class ClientEndpoint {
  private static final Logger LOG = Logger.getLogger(ClientEndpoint.class);
  private static final int RESET_WINDOW_SECONDS = 30;

  private static final int MAX_TLS_HANDSHAKE_MILLIS = 10_000;
  private static final int REFUSALS_A_LINE = 1_000;

  /** Of all endpoints of this process: whoever refuses certificates must not fill the log. */
  private static final AtomicLong FAILED_HANDSHAKES = new AtomicLong();

  /**
   * Where to listen.
   *
   * @param tls null for plain connections
   * @param faces what it offers, in the order they are asked whether they take a request
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

  /** As {@link #listenOn}, for plain connections and all faces everywhere. */
  public Future<Void> listen(List<SocketAddress> addresses) {
    return listenOn(
        addresses.stream().map(address -> new Listener(address, null, Faces.ALL)).toList());
  }

  /**
   * Opens all {@code listeners}, or none and fails.
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
        // until the protocol is known; ConnectionGuard goes on from there
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
    if (count % REFUSALS_A_LINE == 0) {
      LOG.warn("a client's TLS handshake failed: {} ({} so far)", TlsFailure.text(e), count + 1);
    }
  }

  /**
   * Other certificates, keys and authorities for the connections that come from now on; without
   * effect where connections are plain. Any thread.
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

  /** Memory that answers take, made and not yet taken, in bytes; a look from any thread. */
  public synchronized long answerBytes() {
    return faces.stream().mapToLong(Face::answerBytes).sum();
  }

  /** The ports listened on, in the order of the addresses. */
  public synchronized List<Integer> ports() {
    return servers.stream().map(HttpServer::actualPort).toList();
  }

  /**
   * Takes no more connections and calls, ends the streams, waits for running calls up to the
   * request timeout, and closes the connections. Without {@link #listen} there is nothing to do.
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
