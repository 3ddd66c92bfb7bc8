package io.quorate.examples.comparison;

import io.vertx.core.spi.VertxServiceProvider;
import io.vertx.core.spi.cluster.ClusterManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The manager that is on the class path, and what it needs to run on this host: an address to bind
 * to, a folder to write to, a server. Nothing that would change how it works.
 */
final class Surroundings implements AutoCloseable {
  private static final String LOOPBACK = "127.0.0.1";

  private final ServiceLoader.Provider<VertxServiceProvider> provider;
  private final String name;
  private final Path folder;
  private final List<ServerProcess> servers = new ArrayList<>();
  private final Map<String, @Nullable String> replaced = new TreeMap<>();
  private boolean isDurable;
  private int managersMade;

  private Surroundings(
      ServiceLoader.Provider<VertxServiceProvider> provider, String name, Path folder) {
    this.provider = provider;
    this.name = name;
    this.folder = folder;
  }

  /**
   * @param serverCount servers to start if the manager is a client of some: Quorate's with the role
   *     client; ZooKeeper's is always one
   * @param isDurable whether Quorate's nodes keep their data, and so sync before they answer
   * @throws ComparisonFailure if there is no manager, or more than one, or a server does not start
   */
  static Surroundings open(boolean isClient, boolean isDurable, int serverCount) {
    List<ServiceLoader.Provider<VertxServiceProvider>> found =
        ServiceLoader.load(VertxServiceProvider.class).stream()
            .filter(p -> ClusterManager.class.isAssignableFrom(p.type()))
            .toList();
    if (found.size() != 1) {
      throw new ComparisonFailure(
          "one cluster manager must be on the class path, not "
              + found.stream().map(p -> p.type().getName()).toList());
    }
    String type = found.get(0).type().getSimpleName();
    String name = type.replace("ClusterManager", "").toLowerCase(Locale.ROOT);
    Surroundings surroundings =
        new Surroundings(
            found.get(0),
            isClient ? name + "-client" : isDurable ? name + "-durable" : name,
            newFolder());
    surroundings.isDurable = isDurable;
    try {
      surroundings.prepare(name, isClient, serverCount);
    } catch (RuntimeException e) {
      surroundings.close();
      throw e;
    }
    return surroundings;
  }

  private static Path newFolder() {
    try {
      return Files.createTempDirectory("comparison");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void prepare(String manager, boolean isClient, int serverCount) {
    if (isClient && !manager.equals("quorate")) {
      throw new ComparisonFailure("only Quorate has the role client");
    }
    if (isDurable && (isClient || !manager.equals("quorate"))) {
      throw new ComparisonFailure("only Quorate's members can be told to keep their data");
    }
    switch (manager) {
      case "quorate" -> prepareQuorate(isClient, serverCount);
      case "hazelcast" -> {
        set("hazelcast.local.localAddress", LOOPBACK);
        set("hazelcast.local.publicAddress", LOOPBACK);
        set("hazelcast.phone.home.enabled", "false");
        set("hazelcast.logging.type", "slf4j");
      }
      case "infinispan" -> set("jgroups.bind_addr", LOOPBACK);
      case "ignite" -> {
        set("IGNITE_HOME", folder.toString());
        set("IGNITE_LOCAL_HOST", LOOPBACK);
        set("IGNITE_UPDATE_NOTIFIER", "false");
        set("IGNITE_QUIET", "true");
        set("IGNITE_NO_ASCII", "true");
      }
      case "zookeeper" -> {
        ServerProcess server = ServerProcess.startZooKeeper(folder);
        servers.add(server);
        set("vertx.zookeeper.hosts", server.clientAddress());
      }
      default -> throw new ComparisonFailure("nothing is known of " + provider.type().getName());
    }
    servers.forEach(ServerProcess::awaitListening);
  }

  /** A name of its own, so that it stays apart from what else runs on this host. */
  private void prepareQuorate(boolean isClient, int serverCount) {
    set("quorate.cluster.clusterName", folder.getFileName().toString());
    if (isClient) {
      servers.addAll(ServerProcess.startQuorate(folder, serverCount));
      set("quorate.cluster.role", "client");
      set(
          "quorate.cluster.endpoints",
          String.join(
              ",", servers.stream().map(server -> "http://" + server.clientAddress()).toList()));
    }
  }

  private void set(String property, String value) {
    String before = System.setProperty(property, value);
    if (!replaced.containsKey(property)) {
      replaced.put(property, before);
    }
  }

  /** For tables and files. */
  String name() {
    return name;
  }

  Supplier<ClusterManager> managers() {
    return () -> {
      if (isDurable) {
        nextDirectory();
      }
      return (ClusterManager) provider.get();
    };
  }

  /** Members that keep their data stay members: so each three are a cluster of their own. */
  private void nextDirectory() {
    Path cluster = folder.resolve("cluster" + managersMade / Trio.SIZE);
    set("quorate.cluster.clusterName", folder.getFileName() + "-" + cluster.getFileName());
    set("quorate.cluster.dataDir", cluster.resolve("node" + managersMade % Trio.SIZE).toString());
    managersMade++;
  }

  @Override
  public void close() {
    servers.forEach(ServerProcess::close);
    replaced.forEach(
        (property, before) -> {
          if (before == null) {
            System.clearProperty(property);
          } else {
            System.setProperty(property, before);
          }
        });
    ServerProcess.delete(folder);
  }
}
