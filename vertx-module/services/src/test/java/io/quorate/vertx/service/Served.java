package io.quorate.vertx.service;

import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.member.QuorateServer;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.service.server.QuorateServicesBinder;
import io.quorate.vertx.service.server.ServicesRegistration;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A member in this process, its services on another Vert.x, and a caller. */
final class Served implements AutoCloseable {
  private static final long WAIT_SECONDS = 30;

  final Vertx vertx = Vertx.vertx();
  final QuorateServer server;
  final QuorateClient client;
  final QuorateServicesOptions options;
  final ServicesRegistration registration;
  final QuorateServices services;

  Served(Path dataDir) {
    this(dataDir, new QuorateServicesOptions());
  }

  Served(Path dataDir, QuorateServicesOptions options) {
    this.options = options;
    server = await(QuorateServer.start(member(dataDir)));
    client = QuorateClient.over(vertx, server.client(vertx));
    registration = await(QuorateServicesBinder.bind(client, options));
    services = QuorateServices.of(vertx, options);
  }

  static QuorateOptions member(Path dataDir) {
    URI clientUrl = url(freePort());
    URI peerUrl = url(freePort());
    return new QuorateOptions()
        .setName("one")
        .setDataDir(dataDir)
        .setListenClientUrls(List.of(clientUrl))
        .setAdvertiseClientUrls(List.of(clientUrl))
        .setListenPeerUrls(List.of(peerUrl))
        .setInitialAdvertisePeerUrls(List.of(peerUrl))
        .setHeartbeatIntervalMillis(20)
        .setElectionTimeoutMillis(200)
        .setInitialCluster(Map.of("one", List.of(peerUrl)));
  }

  static URI url(int port) {
    return URI.create("http://127.0.0.1:" + port);
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits; throws the failure itself if it is unchecked. */
  static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError("no answer", e);
    }
  }

  /** The failure of a future that must fail. */
  static Throwable failure(Future<?> future) {
    Future<Throwable> failed =
        future.transform(
            (result, failure) ->
                failure == null
                    ? Future.failedFuture(new AssertionError("no failure but " + result))
                    : Future.succeededFuture(failure));
    return await(failed);
  }

  @Override
  public void close() {
    Void unused =
        await(registration.close().compose(v -> client.close()).compose(v -> server.close()));
    unused = await(vertx.close()); // a continuation would run on a loop of the closed Vert.x
  }
}
