package io.quorate.cluster.bundle;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Processes with the bundle and Vert.x on their class path, and nothing else unless requested. All
 * processes of one instance discover each other on the same ports.
 */
final class Applications {
  static final Path BUNDLE = Path.of(System.getProperty("quorate.bundle"));
  private static final int PORTS = 8;

  private final Path temporary;
  private final int firstPort;
  private final List<String> options;
  private final List<String> jars;

  private Applications(Path temporary, int firstPort, List<String> options, List<String> jars) {
    this.temporary = temporary;
    this.firstPort = firstPort;
    this.options = options;
    this.jars = jars;
  }

  /**
   * @param temporary their directory for temporary files
   */
  static Applications in(Path temporary) {
    return new Applications(temporary, freePorts(), List.of(), List.of());
  }

  /** The same with an additional JVM option. */
  Applications with(String option) {
    return new Applications(
        temporary, firstPort, Stream.concat(options.stream(), Stream.of(option)).toList(), jars);
  }

  /** The same with those jars of the test class path whose names begin with these prefixes. */
  Applications withJars(String... beginnings) {
    return new Applications(temporary, firstPort, options, jarsOfTests(beginnings));
  }

  /** The dependencies of Vert.x. */
  static List<String> jarsOfVertx() {
    return jarsOfTests("vertx-core", "netty-", "jackson-core");
  }

  private static List<String> jarsOfTests(String... beginnings) {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(
            entry -> {
              String name = String.valueOf(Path.of(entry).getFileName());
              return Stream.of(beginnings).anyMatch(name::startsWith);
            })
        .toList();
  }

  ProcessBuilder process(Class<?> main, String... arguments) throws URISyntaxException {
    List<String> classPath = new ArrayList<>(jarsOfVertx());
    classPath.addAll(jars);
    classPath.add(BUNDLE.toString());
    classPath.add(
        Path.of(main.getProtectionDomain().getCodeSource().getLocation().toURI()).toString());
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Djava.io.tmpdir=" + temporary,
                "-Dquorate.cluster.port=" + firstPort,
                "-Dquorate.cluster.portRange=" + PORTS));
    command.addAll(options);
    command.addAll(List.of("-cp", String.join(File.pathSeparator, classPath), main.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command);
  }

  /** The first of several consecutive ports, below the ephemeral ports of usual systems. */
  private static int freePorts() {
    for (int tried = 0; tried < 100; tried++) {
      int first = ThreadLocalRandom.current().nextInt(10_000, 30_000);
      if (IntStream.range(first, first + PORTS).allMatch(Applications::isFree)) {
        return first;
      }
    }
    throw new AssertionError("no " + PORTS + " free ports in a row");
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException taken) {
      return false;
    }
  }
}
