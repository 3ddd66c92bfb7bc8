package io.quorate.vertx.server.bench;

import io.quorate.vertx.member.tls.TlsMaterial;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 connection on one event loop. All methods must be called there, and futures complete
 * there. It connects with the first request, and again after it was lost.
 */
final class Connection {
  private static final int WINDOW_BYTES = 4 << 20;
  private static final long MAX_MESSAGE_BYTES = 1L << 30;

  private final GrpcClient client;
  private final SocketAddress address;
  private final Context context;

  /**
   * @param tls null for a plain connection
   */
  Connection(
      Vertx vertx,
      Context context,
      SocketAddress address,
      @Nullable TlsMaterial tls,
      long timeoutNanos) {
    this.context = context;
    this.address = address;
    int timeoutMillis = (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(timeoutNanos));
    // By default the pool has one HTTP/2 connection for each client and destination.
    HttpClientOptions http =
        new HttpClientOptions()
            .setProtocolVersion(HttpVersion.HTTP_2)
            .setHttp2ClearTextUpgrade(false)
            .setConnectTimeout(timeoutMillis)
            .setInitialSettings(new Http2Settings().setInitialWindowSize(WINDOW_BYTES))
            .setHttp2ConnectionWindowSize(WINDOW_BYTES * 4);
    if (tls != null) {
      tls.turnOnClient(http).setUseAlpn(true);
    }
    this.client =
        GrpcClient.client(
            vertx, new GrpcClientOptions().setMaxMessageSize(MAX_MESSAGE_BYTES), http);
  }

  Context context() {
    return context;
  }

  /** Sends one request and returns its answer; fails with {@link RpcFailure} only. */
  <Q, R> Future<R> unary(ServiceMethod<R, Q> method, Q message) {
    return client
        .request(address, method)
        .compose(
            request -> {
              Future<GrpcClientResponse<Q, R>> response = request.response();
              request.end(message);
              return response;
            })
        .compose(
            response ->
                response.last().recover(failure -> Future.failedFuture(failed(response, failure))))
        .recover(failure -> Future.failedFuture(failed(failure)));
  }

  /** Opens a stream; nothing is sent before the first write. */
  <Q, R> Future<GrpcClientRequest<Q, R>> open(ServiceMethod<R, Q> method) {
    return client.request(address, method);
  }

  Future<Void> close() {
    return client.close();
  }

  static RpcFailure failed(Throwable failure) {
    if (failure instanceof RpcFailure known) {
      return known;
    }
    String message = failure.getMessage();
    return new RpcFailure(
        failure.getClass().getSimpleName() + (message == null ? "" : ": " + message));
  }

  private static RpcFailure failed(GrpcClientResponse<?, ?> response, Throwable failure) {
    GrpcStatus status = response.status();
    if (status == null || status == GrpcStatus.OK) {
      return failed(failure);
    }
    String message = response.statusMessage();
    return new RpcFailure(status.name() + (message == null ? "" : ": " + message));
  }
}
