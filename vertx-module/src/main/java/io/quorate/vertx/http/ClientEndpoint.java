package io.quorate.vertx.http;

import io.quorate.vertx.client.MemberStore;
import io.quorate.vertx.grpc.RpcServer;
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
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The port clients talk to: gRPC (HTTP/2 with prior knowledge) and plain HTTP/1.1, told apart by
 * their first bytes.
 *
 * <p>One endpoint serves on one event loop, that of the context {@link #listen} is called on (or of
 * one of its own). Several endpoints on different contexts that listen on the same address share
 * the port, each connection staying with one of them. {@link #listen} and {@link #close} may be
 * called from any thread, once each.
 */
public final class ClientEndpoint {
  private static final Logger LOG = LoggerFactory.getLogger(ClientEndpoint.class);
  private static final int RESET_WINDOW_SECONDS = 30;

  private final Vertx vertx;
  private final MemberStore client;
  private final EndpointOptions options;
  private final PlainHttp plain;
  private @Nullable Context context;
  private @Nullable RpcServer rpc;
  private List<HttpServer> servers = List.of();

  /**
   * @param client called on the endpoint's event loop only
   */
  public ClientEndpoint(Vertx vertx, MemberStore client, EndpointOptions options) {
    this.vertx = vertx;
    this.client = client;
    this.options = options;
    this.plain = new PlainHttp(client);
  }

  /**
   * Opens all {@code addresses}, or none and fails.
   *
   * @throws IllegalStateException if called before
   */
  public synchronized Future<Void> listen(List<SocketAddress> addresses) {
    if (context != null) {
      throw new IllegalStateException("listens already");
    }
    Context own = vertx.getOrCreateContext();
    context = own;
    Promise<Void> listening = Promise.promise();
    own.runOnContext(start -> open(addresses).<Void>mapEmpty().onComplete(listening));
    return listening.future().recover(e -> close().transform(closed -> Future.failedFuture(e)));
  }

  private Future<?> open(List<SocketAddress> addresses) {
    RpcServer grpc = new RpcServer(vertx, client, options.rpc());
    List<Future<HttpServer>> opening = new ArrayList<>();
    List<HttpServer> opened = new ArrayList<>();
    for (SocketAddress address : addresses) {
      HttpServer server =
          vertx
              .createHttpServer(httpOptions())
              .requestHandler(request -> route(grpc, request))
              .connectionHandler(c -> ConnectionGuard.guard(c, options))
              .exceptionHandler(e -> LOG.debug("connection failed: {}", e.toString()));
      opened.add(server);
      opening.add(server.listen(address));
    }
    synchronized (this) {
      rpc = grpc;
      servers = opened;
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

  /** HTTP/2 is for gRPC alone, as on etcd's plain listener. */
  private void route(RpcServer grpc, HttpServerRequest request) {
    if (request.version() != HttpVersion.HTTP_2) {
      plain.handle(request);
      return;
    }
    String contentType = request.getHeader("content-type");
    if (contentType != null && contentType.startsWith("application/grpc")) {
      grpc.handle(request);
    } else {
      PlainHttp.notFound(request.response());
    }
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
    RpcServer grpc;
    synchronized (this) {
      closing = servers;
      grpc = rpc;
    }
    if (grpc == null) {
      return Future.succeededFuture();
    }
    grpc.stop();
    List<Future<Void>> closings = new ArrayList<>();
    for (HttpServer server : closing) {
      closings.add(server.shutdown(options.requestTimeoutMillis(), TimeUnit.MILLISECONDS));
    }
    return Future.join(closings).<Void>mapEmpty().onComplete(done -> grpc.close());
  }
}
