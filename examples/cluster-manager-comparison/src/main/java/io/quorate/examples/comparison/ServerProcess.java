package io.quorate.examples.comparison;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A server in a process of its own, from this program's class path, for managers that need one. */
final class ServerProcess {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int CONNECT_MILLIS = 1_000;
  private static final long STOP_SECONDS = 10;

  private final Process process;
  private final int clientPort;
  private final Path output;

  private ServerProcess(Path folder, String name, int clientPort, List<String> arguments) {
    this.clientPort = clientPort;
    this.output = folder.resolve(name + ".log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-cp");
    command.add(absoluteClassPath());
    command.addAll(arguments);
    try {
      this.process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One server as it comes: the log of transactions is synced before it answers. */
  static ServerProcess startZooKeeper(Path folder) {
    int port = freePorts(1).get(0);
    Path file = folder.resolve("zoo.cfg");
    List<String> lines =
        List.of(
            "tickTime=2000",
            "dataDir=" + folder.resolve("zookeeper"),
            "clientPort=" + port,
            "clientPortAddress=" + LOOPBACK,
            "maxClientCnxns=0",
            "admin.enableServer=false");
    try {
      Files.write(file, lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new ServerProcess(
        folder,
        "zookeeper",
        port,
        List.of("org.apache.zookeeper.server.ZooKeeperServerMain", file.toString()));
  }

  /** The founding members of one cluster. */
  static List<ServerProcess> startQuorate(Path folder, int count) {
    List<Integer> ports = freePorts(2 * count);
    List<String> founders = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      founders.add("m" + i + "=" + url(ports.get(count + i)));
    }
    List<ServerProcess> servers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String client = url(ports.get(i));
      String peer = url(ports.get(count + i));
      servers.add(
          new ServerProcess(
              folder,
              "m" + i,
              ports.get(i),
              List.of(
                  "io.quorate.vertx.server.launch.Main",
                  "--name=m" + i,
                  "--data-dir=" + folder.resolve("m" + i),
                  "--listen-client-urls=" + client,
                  "--advertise-client-urls=" + client,
                  "--listen-peer-urls=" + peer,
                  "--initial-advertise-peer-urls=" + peer,
                  "--initial-cluster=" + String.join(",", founders))));
    }
    return servers;
  }

  private static String url(int port) {
    return "http://" + LOOPBACK + ":" + port;
  }

  private static String absoluteClassPath() {
    return String.join(
        File.pathSeparator,
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(entry -> Path.of(entry).toAbsolutePath().toString())
            .toList());
  }

  private static List<Integer> freePorts(int count) {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getByName(LOOPBACK)));
      }
      List<Integer> ports = sockets.stream().map(ServerSocket::getLocalPort).toList();
      for (ServerSocket socket : sockets) {
        socket.close();
      }
      return ports;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Host and port. */
  String clientAddress() {
    return LOOPBACK + ":" + clientPort;
  }

  /**
   * Returns once it takes connections.
   *
   * @throws ComparisonFailure if it ends before, or does not in time
   */
  void awaitListening() {
    BoundedWait.until("a server on " + clientAddress(), () -> !process.isAlive() || isListening());
    if (!process.isAlive()) {
      throw new ComparisonFailure("the server ended: " + read(output));
    }
  }

  private boolean isListening() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(LOOPBACK, clientPort), CONNECT_MILLIS);
      return true;
    } catch (IOException e) {
      return false; // asked again
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return file + " cannot be read: " + e;
    }
  }

  void close() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /** A folder and all that is in it. */
  static void delete(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
