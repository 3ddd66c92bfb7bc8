package io.quorate.cluster;

import io.quorate.cluster.options.QuorateClusterOptions;
import io.quorate.vertx.member.QuorateServer;
import io.quorate.vertx.member.options.QuorateOptions;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.rules.ExternalResource;

/**
 * A member in this process, whose clients are the nodes of a test class. With the system property
 * {@code quorate.kit.role=member} there is none, and each node has its own replica.
 */
public final class Store extends ExternalResource {
  private static final long TIMEOUT_SECONDS = 30;
  private static final int PORTS_A_CLUSTER = 16;
  private static final int SESSION_MILLIS = 4_000;

  /** Less than the time for which the kit waits for nodes to start. */
  private static final int JOIN_MILLIS = 90_000;

  private final boolean nodesAreMembers = "member".equals(System.getProperty("quorate.kit.role"));
  private final Map<String, ReservedPorts> ports = new ConcurrentHashMap<>();
  private final AtomicInteger clusters = new AtomicInteger();
  private @Nullable Path directory;
  private @Nullable QuorateServer server;
  private @Nullable String endpoint;

  @Override
  public void before() throws Exception {
    if (nodesAreMembers) {
      return;
    }
    Path dir = Files.createTempDirectory("quorate-cluster");
    directory = dir;
    URI peers = url();
    URI clients = url();
    endpoint = clients.toString();
    server =
        await(
            QuorateServer.start(
                new QuorateOptions()
                    .setName("store")
                    .setDataDir(dir.resolve("data"))
                    .setListenPeerUrls(List.of(peers))
                    .setInitialAdvertisePeerUrls(List.of(peers))
                    .setInitialCluster(Map.of("store", List.of(peers)))
                    .setListenClientUrls(List.of(clients))
                    .setAdvertiseClientUrls(List.of(clients))));
  }

  @Override
  public void after() {
    ports.values().forEach(ReservedPorts::close);
    if (server == null) {
      return;
    }
    try {
      await(server().close());
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  public QuorateServer server() {
    if (server == null) {
      throw new IllegalStateException("not started");
    }
    return server;
  }

  /** Its client URL. */
  public String endpoint() {
    if (endpoint == null) {
      throw new IllegalStateException("not started");
    }
    return endpoint;
  }

  /** A key prefix that no other cluster of this store uses. */
  public String newCluster() {
    return "cluster-" + clusters.incrementAndGet() + "/";
  }

  public boolean areNodesMembers() {
    return nodesAreMembers;
  }

  /**
   * Options for another process, or for a member that is no Vert.x node, in the cluster with that
   * prefix.
   */
  public QuorateClusterOptions options(String cluster) {
    QuorateClusterOptions options =
        new QuorateClusterOptions()
            .setSessionTimeoutMillis(SESSION_MILLIS)
            .setJoinTimeoutMillis(JOIN_MILLIS);
    return nodesAreMembers
        ? options
            .setClusterName(cluster.replace("/", ""))
            .setHost("127.0.0.1")
            .setPort(ports.computeIfAbsent(cluster, c -> ReservedPorts.take()).first())
            .setPortRange(PORTS_A_CLUSTER)
        : options
            .setRole(QuorateClusterOptions.Role.CLIENT)
            .setEndpoints(List.of(endpoint()))
            .setKeyPrefix(cluster);
  }

  /** A manager in the cluster with that prefix. */
  public QuorateClusterManager manager(String cluster) {
    return new QuorateClusterManager(options(cluster));
  }

  public static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }

  private static URI url() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }
  }
}
