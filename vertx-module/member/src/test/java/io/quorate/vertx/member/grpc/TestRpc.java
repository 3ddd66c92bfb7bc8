package io.quorate.vertx.member.grpc;

import io.quorate.vertx.member.http.ClientEndpoint;
import io.quorate.vertx.member.http.EndpointOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** An endpoint over a {@link FakeClient} and a client of it, for tests that block their thread. */
public final class TestRpc implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 20;

  /** The status of an ended call. */
  public record End(GrpcStatus status, @Nullable String message) {
    @Override
    public String toString() {
      return status + ": " + message;
    }
  }

  public final Vertx vertx = Vertx.vertx();
  public final FakeClient store = new FakeClient();
  public final ClientEndpoint endpoint;
  private final GrpcClient client;
  private final SocketAddress address;

  public TestRpc(EndpointOptions options) {
    endpoint = new ClientEndpoint(vertx, store, options);
    await(endpoint.listen(List.of(SocketAddress.inetSocketAddress(0, "127.0.0.1"))));
    address = SocketAddress.inetSocketAddress(endpoint.ports().get(0), "127.0.0.1");
    client =
        GrpcClient.client(
            vertx,
            new GrpcClientOptions().setMaxMessageSize(64 << 20),
            new HttpClientOptions().setHttp2ClearTextUpgrade(false).setHttp2MultiplexingLimit(-1));
  }

  public int port() {
    return address.port();
  }

  /** A call; its messages and its end can be waited for. */
  public final class Call<Q, R> {
    public final BlockingQueue<R> messages = new LinkedBlockingQueue<>();
    public final CompletableFuture<End> end = new CompletableFuture<>();
    private final GrpcClientRequest<Q, R> request;
    private @Nullable GrpcClientResponse<Q, R> response;

    private Call(GrpcClientRequest<Q, R> request) {
      this.request = request;
      request.response().onSuccess(this::answered).onFailure(e -> end.completeExceptionally(e));
    }

    private void answered(GrpcClientResponse<Q, R> response) {
      this.response = response;
      response.handler(messages::add);
      response.exceptionHandler(end::completeExceptionally);
      response.endHandler(v -> end.complete(new End(response.status(), message(response))));
    }

    private static @Nullable String message(GrpcClientResponse<?, ?> response) {
      String raw = response.headers().get("grpc-message");
      if (raw == null) {
        raw = response.trailers().get("grpc-message");
      }
      return raw == null ? null : URLDecoder.decode(raw, StandardCharsets.UTF_8);
    }

    public void send(Q message) {
      TestRpc.this.run(() -> request.write(message));
    }

    public void halfClose() {
      TestRpc.this.run(request::end);
    }

    public void cancel() {
      TestRpc.this.run(
          () -> {
            request.cancel();
            return Future.succeededFuture();
          });
    }

    /** Stops reading from the network; some messages must have arrived before. */
    public void pauseReading() {
      Objects.requireNonNull(response).pause();
    }

    public void resumeReading() {
      Objects.requireNonNull(response).resume();
    }

    /** Waits for the next message. */
    public R next() {
      try {
        R message = messages.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (message == null) {
          throw new AssertionError("no message; " + (end.isDone() ? end.join() : "still open"));
        }
        return message;
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    public End end() {
      return TestRpc.await(end);
    }
  }

  /** Opens a call without sending anything. */
  public <Q, R> Call<Q, R> open(ServiceMethod<R, Q> method, Map<String, String> metadata) {
    return await(
        client
            .request(address, method)
            .map(
                request -> {
                  metadata.forEach((key, value) -> request.headers().set(key, value));
                  return new Call<>(request);
                }));
  }

  public <Q, R> Call<Q, R> open(ServiceMethod<R, Q> method) {
    return open(method, Map.of());
  }

  /** The answer of a unary call, which must succeed. */
  public <Q, R> R ask(ServiceMethod<R, Q> method, Q request) {
    Call<Q, R> call = start(method, request, Map.of());
    R answer = call.next();
    End end = call.end();
    if (end.status() != GrpcStatus.OK) {
      throw new AssertionError(end);
    }
    return answer;
  }

  /** The end of a unary call. */
  public <Q, R> End endOf(ServiceMethod<R, Q> method, Q request, Map<String, String> metadata) {
    return start(method, request, metadata).end();
  }

  public <Q, R> End endOf(ServiceMethod<R, Q> method, Q request) {
    return endOf(method, request, Map.of());
  }

  /** Sends {@code request} and half-closes. */
  public <Q, R> Call<Q, R> start(
      ServiceMethod<R, Q> method, Q request, Map<String, String> metadata) {
    return await(
        client
            .request(address, method)
            .map(
                r -> {
                  metadata.forEach((key, value) -> r.headers().set(key, value));
                  Call<Q, R> call = new Call<>(r);
                  r.end(request);
                  return call;
                }));
  }

  /** Waits until the event loops have executed the tasks they have now. */
  public void settle() {
    run(Future::succeededFuture);
  }

  private void run(Supplier<Future<Void>> action) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    vertx.runOnContext(
        v -> {
          try {
            action.get().onSuccess(done::complete).onFailure(done::completeExceptionally);
          } catch (RuntimeException e) {
            done.completeExceptionally(e);
          }
        });
    await(done);
  }

  /** Waits until {@code condition} holds, by checking it repeatedly. */
  public void until(String what, BooleanSupplier condition) {
    CompletableFuture<Void> held = new CompletableFuture<>();
    long timer =
        vertx.setPeriodic(
            5,
            id -> {
              if (condition.getAsBoolean()) {
                held.complete(null);
              }
            });
    try {
      held.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("never: " + what, e);
    } finally {
      vertx.cancelTimer(timer);
    }
  }

  public static <T> T await(Future<T> future) {
    return await(future.toCompletionStage().toCompletableFuture());
  }

  static <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    await(vertx.close());
  }
}
