package io.quorate.cluster.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bundle is all that an application needs beside Vert.x. */
class BundleIT {
  /** Hazelcast's, which has the fewest of the others: these and two of its own. */
  private static final int JARS_OF_VERTX = 17;

  /** ZooKeeper's 33, the smallest of the others: what vertx-zookeeper brings beside vertx-core. */
  private static final long SMALLEST_OTHER_BYTES = 15_518_379;

  private static final Path BUNDLE = Path.of(System.getProperty("quorate.bundle"));
  private static final int PATIENCE_SECONDS = 90;
  private static final int PORTS = 4;

  /** What Vert.x brings along, and nothing else of the tests' class path. */
  private static List<String> jarsOfVertx() {
    return List.of(System.getProperty("java.class.path").split(File.pathSeparator)).stream()
        .filter(
            entry -> {
              String name = String.valueOf(Path.of(entry).getFileName());
              return name.startsWith("vertx-core")
                  || name.startsWith("netty-")
                  || name.startsWith("jackson-core");
            })
        .toList();
  }

  private static List<String> command(Path temporary, int firstPort, String... arguments) {
    List<String> classPath = new ArrayList<>(jarsOfVertx());
    classPath.add(BUNDLE.toString());
    classPath.add(
        Path.of(Greeter.class.getProtectionDomain().getCodeSource().getLocation().getPath())
            .toString());
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-Djava.io.tmpdir=" + temporary,
                "-Dquorate.cluster.port=" + firstPort,
                "-Dquorate.cluster.portRange=" + PORTS,
                "-cp",
                String.join(File.pathSeparator, classPath),
                Greeter.class.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  @Test
  void two_applications_find_each_other_with_one_jar_beside_vertx(@TempDir Path temporary)
      throws Exception {
    assertThat(jarsOfVertx()).hasSize(JARS_OF_VERTX);
    int port = freePorts();
    Path log = temporary.resolve("log");
    Process answering =
        new ProcessBuilder(command(temporary, port)).redirectError(log.toFile()).start();
    try (BufferedReader said = answering.inputReader(StandardCharsets.UTF_8)) {
      assertThat(said.readLine())
          .as("%s", Files.readString(log))
          .isEqualTo("io.quorate.cluster.QuorateClusterManager");
      assertThat(said.readLine()).isEqualTo("ready");
      Process greeting =
          new ProcessBuilder(command(temporary, port, "hello")).redirectErrorStream(true).start();
      try {
        String all = new String(greeting.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(greeting.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(all).contains("you said hello");
        assertThat(greeting.exitValue()).as(all).isZero();
      } finally {
        greeting.destroyForcibly();
      }
      answering.getOutputStream().close();
      assertThat(answering.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(answering.exitValue()).as("%s", Files.readString(log)).isZero();
    } finally {
      answering.destroyForcibly();
    }
  }

  @Test
  void an_application_becomes_less_large_than_with_any_other_manager() throws IOException {
    long bytes = Files.size(BUNDLE);
    for (String jar : jarsOfVertx()) {
      bytes += Files.size(Path.of(jar));
    }
    assertThat(bytes).isLessThan(SMALLEST_OTHER_BYTES);
  }

  @Test
  void what_others_may_have_too_is_there_under_names_of_our_own() throws IOException {
    TreeSet<String> roots = new TreeSet<>();
    try (JarFile jar = new JarFile(BUNDLE.toFile())) {
      jar.stream()
          .map(entry -> entry.getName())
          .filter(name -> name.endsWith(".class") && !name.startsWith("META-INF/"))
          .forEach(name -> roots.add(root(name)));
    }
    assertThat(roots).containsExactly("io/quorate", "org/jspecify", "org/slf4j", "org/sqlite");
  }

  private static String root(String name) {
    String[] parts = name.toLowerCase(Locale.ROOT).split("/");
    return parts[0] + "/" + parts[1];
  }

  /** The first of some in a row, below those that systems give out by themselves. */
  private static int freePorts() {
    for (int tried = 0; tried < 100; tried++) {
      int first = ThreadLocalRandom.current().nextInt(10_000, 30_000);
      if (IntStream.range(first, first + PORTS).allMatch(BundleIT::isFree)) {
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
