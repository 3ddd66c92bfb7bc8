package io.quorate.vertx.client;

import io.quorate.vertx.QuorateOptions;
import io.quorate.vertx.QuorateServer;
import io.vertx.core.Future;
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
import java.util.function.UnaryOperator;

/** A cluster of one, in this process. */
public final class OneMember implements AutoCloseable {
  private static final long WAIT_SECONDS = 30;

  private final QuorateServer server;
  private final URI clientUrl;

  public OneMember(Path dataDir) {
    this(dataDir, options -> options);
  }

  /**
   * @param more of the options
   */
  public OneMember(Path dataDir, UnaryOperator<QuorateOptions> more) {
    clientUrl = url(freePort());
    URI peerUrl = url(freePort());
    server =
        await(
            QuorateServer.start(
                more.apply(
                    new QuorateOptions()
                        .setName("one")
                        .setDataDir(dataDir)
                        .setListenClientUrls(List.of(clientUrl))
                        .setAdvertiseClientUrls(List.of(clientUrl))
                        .setListenPeerUrls(List.of(peerUrl))
                        .setInitialAdvertisePeerUrls(List.of(peerUrl))
                        .setHeartbeatIntervalMillis(20)
                        .setElectionTimeoutMillis(200)
                        .setInitialCluster(Map.of("one", List.of(peerUrl))))));
  }

  public QuorateServer server() {
    return server;
  }

  public URI clientUrl() {
    return clientUrl;
  }

  public static URI url(int port) {
    return URI.create("http://127.0.0.1:" + port);
  }

  public static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  public static <T> T await(Future<T> future) {
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

  @Override
  public void close() {
    Void unused = await(server.close());
  }
}
