package io.quorate.cluster.partition;

import io.quorate.cluster.options.QuorateClusterOptions;
import io.quorate.command.Member;
import io.quorate.vertx.client.remote.RemoteOptions;
import io.quorate.vertx.client.remote.RemoteStore;
import io.quorate.vertx.member.peer.PeerBus;
import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.links.Link;
import io.quorate.vertx.testing.links.Mesh;
import io.quorate.vertx.testing.links.Proxy;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Nodes that reach each other only through proxies: both the Raft members and the event buses of
 * the application. A node listens at 127.0.0.1 and is advertised at another address, where its
 * proxies listen; the proxy of its member has the same port.
 */
final class Cluster implements AutoCloseable {
  static final long SESSION_MILLIS = 5_000;

  /** For a busy machine, where an election takes its whole timeout. */
  static final long LATE_MILLIS = 1_500;

  /** For a process to end by itself once it has closed everything. */
  static final Duration TO_END = Duration.ofSeconds(20);

  private static final String LOOPBACK = "127.0.0.1";
  private static final String OBSERVER = "observer";
  private static final List<String> NAMES = List.of("A", "B", "C", "D");
  private static final int LOWEST_PORT = 20_000;
  private static final int PORTS = 10_000;

  private final Path logs;
  private final Path temporary;
  private final Mesh mesh = new Mesh();
  private final Vertx vertx = Vertx.vertx();
  private final Map<String, Integer> ports = new LinkedHashMap<>();
  private final Map<String, NodeProcess> nodes = new LinkedHashMap<>();
  private final int quorum;
  private @Nullable PeerBus bus;

  /**
   * @param label of the directory for what the nodes print
   * @param quorum of high availability
   */
  Cluster(String label, int quorum) throws Exception {
    this.quorum = quorum;
    logs = Files.createDirectories(Path.of("target", "partition", label));
    temporary = Files.createTempDirectory("quorate-partition-");
    mesh.connect(NAMES);
    for (String name : NAMES) {
      Link unused = mesh.newLink(OBSERVER, name);
      ports.put(name, freePort(hostOf(name)));
    }
  }

  /** A, B and C, all of which vote. */
  static Cluster ofThree(String label) throws Exception {
    return ofThree(label, 1);
  }

  /**
   * @param quorum of high availability
   */
  static Cluster ofThree(String label, int quorum) throws Exception {
    Cluster cluster = new Cluster(label, quorum);
    try {
      // started first, so that the others find a cluster and it leads
      cluster.joined(cluster.start("A"));
      NodeProcess b = cluster.start("B");
      NodeProcess c = cluster.start("C");
      cluster.joined(b);
      cluster.joined(c);
      Await.untilTrue("three votes", () -> cluster.voters() == 3);
      return cluster;
    } catch (Exception | Error e) {
      cluster.close();
      throw e;
    }
  }

  private static String hostOf(String name) {
    return "127.0.1." + (1 + NAMES.indexOf(name));
  }

  private String addressOf(String name) {
    return hostOf(name) + ":" + peerPort(name);
  }

  private static int freePort(String publicHost) {
    for (int attempt = 0; attempt < 1_000; attempt++) {
      int port = LOWEST_PORT + ThreadLocalRandom.current().nextInt(PORTS);
      if (isFree(LOOPBACK, port) && isFree(publicHost, port)) {
        return port;
      }
    }
    throw new IllegalStateException("no free port");
  }

  static boolean isFree(String host, int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName(host))) {
      return socket.isBound();
    } catch (IOException taken) {
      return false;
    }
  }

  /** Starts the process without waiting; see {@link #joined}. */
  NodeProcess start(String name) {
    int port = peerPort(name);
    int busPort = freePort(hostOf(name));
    SocketAddress at = SocketAddress.inetSocketAddress(port, hostOf(name));
    Proxy unused = mesh.standBefore(name, at, port);
    mesh.introduce(name, addressOf(name));
    Proxy forBus =
        mesh.standBefore(name, SocketAddress.inetSocketAddress(0, hostOf(name)), busPort);
    JsonObject how =
        new JsonObject()
            .put("name", name)
            .put("quorum", quorum)
            .put(
                "cluster",
                new QuorateClusterOptions()
                    .setHost(LOOPBACK)
                    .setPublicHost(hostOf(name))
                    .setPort(port)
                    .setPortRange(1)
                    .setSeeds(NAMES.stream().limit(3).map(this::addressOf).toList())
                    .setSessionTimeoutMillis(SESSION_MILLIS)
                    .toJson())
            .put(
                "bus",
                new JsonObject().put("port", busPort).put("publicPort", forBus.address().port()));
    NodeProcess node =
        new NodeProcess(name, how, temporary.resolve(name), logs.resolve(name + ".log"));
    nodes.put(name, node);
    return node;
  }

  /** Waits for the node, and has the proxies know it on the application's bus. */
  void joined(NodeProcess node) {
    mesh.introduce(node.name(), node.id());
  }

  NodeProcess node(String name) {
    NodeProcess node = nodes.get(name);
    if (node == null) {
      throw new IllegalStateException(name + " was not started");
    }
    return node;
  }

  int peerPort(String name) {
    return ports.getOrDefault(name, 0);
  }

  // ---- the network

  void cutOff(String name, Link.Condition condition) {
    for (String other : nodes.keySet()) {
      if (!other.equals(name)) {
        mesh.link(name, other).set(condition);
        mesh.link(other, name).set(condition);
      }
    }
  }

  /** Cuts all links. */
  void cutAll(Link.Condition condition) {
    nodes.keySet().forEach(name -> cutOff(name, condition));
  }

  void heal() {
    mesh.healAll();
  }

  // ---- what an observer sees, whose links are never cut

  private PeerBus bus() throws Exception {
    PeerBus open = bus;
    if (open == null) {
      String address = LOOPBACK + ":" + freePort(LOOPBACK);
      mesh.introduce(OBSERVER, address);
      URI url = URI.create("http://" + address);
      open = await(PeerBus.listen(url, url));
      bus = open;
    }
    return open;
  }

  private List<Member> members() throws Exception {
    return await(bus().questions().askMembers(URI.create("http://" + addressOf("A")))).members();
  }

  private long voters() throws Exception {
    return members().stream().filter(member -> !member.isLearner()).count();
  }

  /** The leader, as A's member knows it. */
  String leader() throws Exception {
    List<Member> members = members();
    List<URI> clients =
        members.stream()
            .filter(m -> isMemberOf("A", m))
            .flatMap(m -> m.clientUrls().stream())
            .map(url -> URI.create(url.replace(hostOf("A"), LOOPBACK)))
            .toList();
    RemoteStore store = new RemoteStore(vertx, new RemoteOptions(clients));
    try {
      long leader = await(store.status()).leader();
      Member leads = members.stream().filter(m -> m.id() == leader).findFirst().orElseThrow();
      return NAMES.stream().filter(name -> isMemberOf(name, leads)).findFirst().orElseThrow();
    } finally {
      Void unused = await(store.close());
    }
  }

  private boolean isMemberOf(String name, Member member) {
    return member.peerUrls().contains("http://" + addressOf(name));
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Override
  public void close() throws Exception {
    nodes.values().forEach(NodeProcess::end);
    mesh.close();
    if (bus != null) {
      Void unused = await(bus.close());
    }
    Void unused = await(vertx.close());
    try (Stream<Path> files = Files.walk(temporary)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
