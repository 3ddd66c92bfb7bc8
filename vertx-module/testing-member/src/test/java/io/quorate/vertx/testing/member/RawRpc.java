package io.quorate.vertx.testing.member;

import io.quorate.vertx.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Calls of any RPC, for tests that block their thread. */
final class RawRpc implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 30;

  private final Vertx vertx = Vertx.vertx();
  private final GrpcClient client =
      GrpcClient.client(
          vertx,
          new GrpcClientOptions(),
          new HttpClientOptions().setHttp2ClearTextUpgrade(false).setHttp2MultiplexingLimit(-1));
  private final SocketAddress address;

  /** The status of an ended call. */
  record End(GrpcStatus status, @Nullable String message) {}

  RawRpc(URI server) {
    address = SocketAddress.inetSocketAddress(server.getPort(), server.getHost());
  }

  /** A call with one request, which is sent already. */
  static final class Call<Q, R> {
    final BlockingQueue<R> messages = new LinkedBlockingQueue<>();
    private final Promise<End> ended = Promise.promise();
    private final GrpcClientRequest<Q, R> request;

    private Call(GrpcClientRequest<Q, R> request) {
      this.request = request;
      request.response().onSuccess(this::answered).onFailure(ended::tryFail);
    }

    private void answered(GrpcClientResponse<Q, R> response) {
      response.handler(messages::add);
      response.exceptionHandler(ended::tryFail);
      response.endHandler(v -> ended.tryComplete(new End(response.status(), message(response))));
    }

    private static @Nullable String message(GrpcClientResponse<?, ?> response) {
      String inHeaders = response.headers().get("grpc-message");
      String raw = inHeaders == null ? response.trailers().get("grpc-message") : inHeaders;
      return raw == null ? null : URLDecoder.decode(raw, StandardCharsets.UTF_8);
    }

    boolean hasEnded() {
      return ended.future().isComplete();
    }

    void cancel() {
      request.cancel();
    }

    /** Waits for the next message. */
    R next() {
      try {
        R message = messages.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (message == null) {
          throw new AssertionError("no message; " + ended.future());
        }
        return message;
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    End end() {
      return Await.await(ended.future());
    }
  }

  <Q, R> Call<Q, R> start(ServiceMethod<R, Q> method, Q request, Map<String, String> metadata) {
    return Await.await(
        client
            .request(address, method)
            .map(
                r -> {
                  metadata.forEach((key, value) -> r.headers().set(key, value));
                  Call<Q, R> call = new Call<>(r);
                  Future<Void> unused = r.end(request);
                  return call;
                }));
  }

  /** The answer of a unary call, which must succeed. */
  <Q, R> R ask(ServiceMethod<R, Q> method, Q request) {
    Call<Q, R> call = start(method, request, Map.of());
    End end = call.end();
    if (end.status() != GrpcStatus.OK) {
      throw new AssertionError(end.toString());
    }
    return call.next();
  }

  <Q, R> End endOf(ServiceMethod<R, Q> method, Q request) {
    return start(method, request, Map.of()).end();
  }

  @Override
  public void close() {
    Void unused = Await.await(vertx.close());
  }
}
