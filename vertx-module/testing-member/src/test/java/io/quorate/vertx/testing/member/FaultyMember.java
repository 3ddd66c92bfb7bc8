package io.quorate.vertx.testing.member;

import static io.quorate.vertx.testing.Await.await;

import io.quorate.command.EtcdError;
import io.quorate.vertx.testing.Loopback;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerRequest;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BiConsumer;

/** A gRPC server on loopback whose methods behave as the test defines. */
final class FaultyMember implements AutoCloseable {
  private static final long REFUSED_STREAM = 7;

  private final Vertx vertx = Vertx.vertx();
  private final GrpcServer grpc = GrpcServer.server(vertx);
  private final Map<String, Boolean> refused = new ConcurrentHashMap<>();
  private final HttpServer server;

  /** Paths of the received calls. */
  final List<String> calls = new CopyOnWriteArrayList<>();

  FaultyMember() {
    server =
        await(
            vertx
                .createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(0))
                .requestHandler(this::take)
                .listen());
  }

  private void take(HttpServerRequest request) {
    calls.add(request.path());
    if (refused.containsKey(request.path())) {
      boolean unused = request.response().reset(REFUSED_STREAM).succeeded();
    } else {
      grpc.handle(request);
    }
  }

  URI url() {
    return Loopback.url(server.actualPort());
  }

  private static String path(ServiceMethod<?, ?> method) {
    return "/" + method.fullMethodName();
  }

  long calls(ServiceMethod<?, ?> method) {
    return calls.stream().filter(path(method)::equals).count();
  }

  /** Refuses the method's streams before anything of them is processed. */
  void refuse(ServiceMethod<?, ?> method) {
    refused.put(path(method), true);
  }

  /**
   * Defines the response to each message.
   *
   * @return the received messages
   */
  <Q, R> BlockingQueue<Q> on(
      ServiceMethod<Q, R> method, BiConsumer<Q, GrpcServerRequest<Q, R>> what) {
    BlockingQueue<Q> asked = new LinkedBlockingQueue<>();
    GrpcServer unused =
        grpc.callHandler(
            method,
            call ->
                call.handler(
                    message -> {
                      asked.add(message);
                      what.accept(message, call);
                    }));
    return asked;
  }

  static <Q, R> BiConsumer<Q, GrpcServerRequest<Q, R>> breaks() {
    return (message, call) -> drop(call);
  }

  static void drop(GrpcServerRequest<?, ?> call) {
    boolean unused = call.connection().close().succeeded();
  }

  static <Q, R> BiConsumer<Q, GrpcServerRequest<Q, R>> hangs() {
    return (message, call) -> {};
  }

  static <Q, R> BiConsumer<Q, GrpcServerRequest<Q, R>> answers(R answer) {
    return (message, call) -> {
      boolean unused = call.response().end(answer).succeeded();
    };
  }

  static <Q, R> BiConsumer<Q, GrpcServerRequest<Q, R>> fails(EtcdError error) {
    return (message, call) -> {
      boolean unused =
          call.response()
              .status(GrpcStatus.valueOf(error.code().number()))
              .statusMessage(error.message())
              .end()
              .succeeded();
    };
  }

  @Override
  public void close() {
    Void unused = await(vertx.close());
  }
}
