package io.quorate.vertx.server.robustness;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import java.net.ConnectException;

/**
 * One client's HTTP/2 connection to one port; it connects when it is needed, and again after it was
 * lost. Used on the event loop of the clients.
 */
final class GrpcConnection {
  private final GrpcClient client;
  private final SocketAddress address;

  /** A call that ended with another status than OK. */
  static final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;

    Refusal(String message) {
      super(message, null, false, false);
    }
  }

  GrpcConnection(Vertx vertx, int port) {
    client =
        GrpcClient.client(
            vertx,
            new GrpcClientOptions(),
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false)
                .setConnectTimeout(1_000));
    address = SocketAddress.inetSocketAddress(port, "127.0.0.1");
  }

  /** Sends one request and returns its answer; fails with {@link Refusal} if there was a status. */
  <Q, R> Future<R> unary(ServiceMethod<R, Q> method, Q message) {
    return client
        .request(address, method)
        .compose(
            request -> {
              Future<GrpcClientResponse<Q, R>> response = request.response();
              Future<Void> unused = request.end(message);
              return response;
            })
        .compose(
            response ->
                response
                    .last()
                    .recover(
                        failure -> {
                          GrpcStatus status = response.status();
                          return Future.failedFuture(
                              status == null || status == GrpcStatus.OK
                                  ? failure
                                  : new Refusal(String.valueOf(response.statusMessage())));
                        }));
  }

  /** Opens a stream; nothing is sent before the first write. */
  <Q, R> Future<GrpcClientRequest<Q, R>> open(ServiceMethod<R, Q> method) {
    return client.request(address, method);
  }

  /** Whether the request was certainly not sent. */
  static boolean isNotSent(Throwable failure) {
    return failure instanceof ConnectException;
  }

  Future<Void> close() {
    return client.close();
  }
}
