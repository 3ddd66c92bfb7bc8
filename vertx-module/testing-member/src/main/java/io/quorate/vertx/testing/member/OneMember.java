package io.quorate.vertx.testing.member;

import static io.quorate.vertx.testing.Await.await;

import io.quorate.vertx.member.QuorateServer;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.testing.Loopback;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** A cluster of one member, in this process. */
public final class OneMember implements AutoCloseable {
  private final QuorateServer server;
  private final URI clientUrl;

  public OneMember(Path dataDir) {
    this(dataDir, options -> options);
  }

  /**
   * @param more changes the options
   */
  public OneMember(Path dataDir, UnaryOperator<QuorateOptions> more) {
    clientUrl = Loopback.url(Loopback.freePort());
    URI peerUrl = Loopback.url(Loopback.freePort());
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

  @Override
  public void close() {
    Void unused = await(server.close());
  }
}
