package io.quorate.vertx.client.remote;

import io.quorate.vertx.client.StoreClosedException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.common.ServiceMethod;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One HTTP/2 connection for each member, opened on first use. A connection with open streams is
 * pinged, because otherwise a hanging member would look like a watch without events.
 */
final class Connections {
  private static final int WINDOW_BYTES = 4 << 20;
  private static final int CONNECTION_WINDOW_BYTES = 16 << 20;
  private static final long MAX_MESSAGE_BYTES = 1L << 30;
  private static final long MAX_CONNECT_MILLIS = 2_000;
  private static final int PING_BYTES = 8;

  private final RemoteOptions options;
  private final Vertx vertx;
  private final ContextInternal home;
  private final GrpcClient client;

  /** Used on {@link #home} only. */
  private final Map<HttpConnection, Pinged> pinged = new IdentityHashMap<>();

  private volatile boolean closed;

  Connections(Vertx vertx, ContextInternal home, RemoteOptions options) {
    this.vertx = vertx;
    this.home = home;
    this.options = options;
    HttpClientOptions http =
        new HttpClientOptions()
            .setProtocolVersion(HttpVersion.HTTP_2)
            .setHttp2ClearTextUpgrade(false)
            .setConnectTimeout(
                (int) Math.min(MAX_CONNECT_MILLIS, options.getRequestTimeoutMillis() / 2 + 1))
            .setInitialSettings(new Http2Settings().setInitialWindowSize(WINDOW_BYTES))
            .setHttp2ConnectionWindowSize(CONNECTION_WINDOW_BYTES);
    if (options.isTls()) {
      encrypt(http, options);
    }
    this.client =
        GrpcClient.client(
            vertx, new GrpcClientOptions().setMaxMessageSize(MAX_MESSAGE_BYTES), http);
  }

  private static void encrypt(HttpClientOptions http, RemoteOptions options) {
    ClientSSLOptions ssl = options.getSsl() == null ? new ClientSSLOptions() : options.getSsl();
    http.setSsl(true)
        .setUseAlpn(true)
        .setAlpnVersions(List.of(HttpVersion.HTTP_2))
        .setTrustAll(ssl.isTrustAll())
        .setTrustOptions(ssl.getTrustOptions())
        .setKeyCertOptions(ssl.getKeyCertOptions())
        .setEnabledSecureTransportProtocols(ssl.getEnabledSecureTransportProtocols())
        .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
        .setSslHandshakeTimeout(
            Math.min(
                ssl.getSslHandshakeTimeoutUnit().toMillis(ssl.getSslHandshakeTimeout()),
                options.getRequestTimeoutMillis()));
    ssl.getEnabledCipherSuites().forEach(http::addEnabledCipherSuite);
    ssl.getCrlPaths().forEach(http::addCrlPath);
    ssl.getCrlValues().forEach(http::addCrlValue);
    String algorithm = ssl.getHostnameVerificationAlgorithm();
    // the certificate's host name is checked unless the application has disabled that
    http.getSslOptions().setHostnameVerificationAlgorithm(algorithm == null ? "HTTPS" : algorithm);
  }

  /** True after the store was closed. */
  boolean isClosed() {
    return closed;
  }

  /**
   * Fails if there is no connection; then nothing was sent. Never throws.
   *
   * @param token of the caller, or {@link Login#NO_TOKEN}
   */
  <Q, R> Future<GrpcClientRequest<Q, R>> request(
      Endpoints.Endpoint endpoint, ServiceMethod<R, Q> method, String token) {
    if (!closed) {
      try {
        Future<GrpcClientRequest<Q, R>> request = client.request(endpoint.address(), method);
        if (!token.equals(Login.NO_TOKEN)) {
          request =
              request.map(
                  made -> {
                    made.headers().set("token", token);
                    return made;
                  });
        }
        return options.isTls()
            ? request.recover(failure -> Future.failedFuture(explained(failure)))
            : request;
      } catch (IllegalStateException clientIsClosed) {
        closed = true; // closed together with its Vert.x
      }
    }
    return Future.failedFuture(new StoreClosedException(null));
  }

  /**
   * In TLS 1.3 the client finishes its handshake before the member checks the client's certificate,
   * and Vert.x does not pass on the member's alert.
   */
  private static Throwable explained(Throwable failure) {
    return failure instanceof VertxException
        ? new IllegalStateException(
            "the connection was closed, perhaps as the member refuses or misses our certificate",
            failure)
        : failure;
  }

  /** A long-lived stream was opened on the connection. Any thread. */
  void streamOpened(HttpConnection connection) {
    home.runOnContext(
        v -> {
          if (!closed) {
            pinged.computeIfAbsent(connection, Pinged::new).streams++;
          }
        });
  }

  /** A long-lived stream has ended. Any thread. */
  void streamClosed(HttpConnection connection) {
    home.runOnContext(
        v -> {
          Pinged p = pinged.get(connection);
          if (p != null && --p.streams == 0) {
            p.stop();
          }
        });
  }

  Future<Void> close() {
    closed = true;
    home.runOnContext(v -> List.copyOf(pinged.values()).forEach(Pinged::stop));
    return client.close();
  }

  /** A connection with open streams. */
  private final class Pinged {
    private final HttpConnection connection;
    private final long timer;
    private int streams;

    Pinged(HttpConnection connection) {
      this.connection = connection;
      this.timer = vertx.setPeriodic(options.getPingIntervalMillis(), id -> ping());
    }

    private void ping() {
      connection
          .ping(Buffer.buffer(new byte[PING_BYTES]))
          .timeout(options.getPingTimeoutMillis(), TimeUnit.MILLISECONDS)
          .onFailure(
              silent -> {
                stop();
                connection.close();
              });
    }

    private void stop() {
      vertx.cancelTimer(timer);
      pinged.remove(connection);
    }
  }
}
