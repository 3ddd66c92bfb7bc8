package io.quorate.vertx.service;

import static io.quorate.vertx.service.Served.await;

import io.quorate.vertx.member.QuorateServer;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.testing.Await;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A member and its services in another JVM, run by Vert.x's launcher; the callers in this one. They
 * share an event bus, whose cluster is kept by a further member.
 */
final class TwoJvms implements AutoCloseable {
  static final long QUOTA_BYTES = 8 << 20;
  static final long REPLY_MILLIS = 2_000;

  final Path directory;
  final String endpoint;
  final Vertx vertx;
  final JavaProcess process;

  /** Proxies of both kinds. */
  final Proxies ours;

  final Proxies plain;

  /** The peer URL of the member. */
  final URI peerUrl = Served.url(Served.freePort());

  final String memberId;
  private final QuorateServer registry;

  /**
   * @param name of the process
   */
  TwoJvms(String name, Path directory) {
    this.directory = directory;
    QuorateOptions options = Served.member(directory.resolve("registry"));
    registry = await(QuorateServer.start(options));
    endpoint = options.getListenClientUrls().get(0).toString();
    vertx = CallerProcess.clustered(endpoint);
    ours = Proxies.ours(vertx);
    plain = Proxies.plain(vertx);
    process = JavaProcess.launched(name, directory, endpoint, configuration());
    KvService probe =
        RetryingProxy.at(KvService.class, vertx, ServiceName.KV.address("quorate"), 500);
    Await.untilTrue(
        "it serves", () -> await(probe.get("probe").map(true).otherwise(failure -> false)));
    memberId = await(ours.cluster().status()).getMemberId();
  }

  private JsonObject configuration() {
    String client = Served.url(Served.freePort()).toString();
    JsonObject member =
        new JsonObject()
            .put("name", "one")
            .put("data-dir", directory.resolve("one").toString())
            .put("listen-client-urls", client)
            .put("advertise-client-urls", client)
            .put("listen-peer-urls", peerUrl.toString())
            .put("initial-advertise-peer-urls", peerUrl.toString())
            .put("initial-cluster", "one=" + peerUrl)
            .put("heartbeat-interval", 50)
            .put("election-timeout", 1_000)
            // the test adds and removes members within five seconds
            .put("strict-reconfig-check", false)
            .put("quota-backend-bytes", QUOTA_BYTES);
    JsonObject services =
        new JsonObject()
            .put("maxWatches", 1)
            .put("maxWaiting", 1)
            .put("requestTimeoutMillis", 3_000)
            .put("watchProgressMillis", 300)
            .put("watchReplyMillis", REPLY_MILLIS);
    return new JsonObject().put("server", member).put("services", services);
  }

  /**
   * Starts a second member in this JVM, which has been added before.
   *
   * @param name also of its directory
   */
  static QuorateServer join(String name, Path directory, URI first, URI own) {
    return await(
        QuorateServer.start(
            Served.member(directory.resolve(name))
                .setName(name)
                .setHeartbeatIntervalMillis(50)
                .setElectionTimeoutMillis(1_000)
                .setListenPeerUrls(List.of(own))
                .setInitialAdvertisePeerUrls(List.of(own))
                .setInitialClusterState(QuorateOptions.ClusterState.EXISTING)
                .setInitialCluster(Map.of("one", List.of(first), name, List.of(own)))));
  }

  /** Promotes a running learner, and waits until it sees itself as a voter. */
  static void promote(QuorateServer learner, String id, ClusterService cluster) {
    // it has caught up and published its name a moment after its start
    Await.untilTrue(
        "it is promoted",
        () ->
            await(
                cluster
                    .memberPromote(id)
                    .map(members -> members.stream().noneMatch(ClusterMember::isLearner))
                    .otherwise(failure -> false)));
    Await.untilTrue("it knows", () -> !await(learner.client().status()).isLearner());
  }

  @Override
  public void close() {
    process.close();
    Void unused = await(vertx.close());
    unused = await(registry.close());
  }
}
