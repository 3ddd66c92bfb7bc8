package io.quorate.cluster.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application needs nothing but Vert.x and the bundle. */
class BundleIT {
  /** Hazelcast's, which has the fewest of the others: these and two of its own. */
  private static final int JARS_OF_VERTX = 17;

  /** ZooKeeper's 33, the smallest of the others: what vertx-zookeeper brings beside vertx-core. */
  private static final long SMALLEST_OTHER_BYTES = 15_518_379;

  private static final int TIMEOUT_SECONDS = 90;

  @Test
  void two_applications_find_each_other_with_one_jar_beside_vertx(@TempDir Path temporary)
      throws Exception {
    assertThat(Applications.jarsOfVertx()).hasSize(JARS_OF_VERTX);
    Applications applications = Applications.in(temporary);
    Path log = temporary.resolve("log");
    Process answering = applications.process(Greeter.class).redirectError(log.toFile()).start();
    try (BufferedReader said = answering.inputReader(StandardCharsets.UTF_8)) {
      assertThat(said.readLine())
          .as("%s", Files.readString(log))
          .isEqualTo("io.quorate.cluster.QuorateClusterManager");
      assertThat(said.readLine()).isEqualTo("ready");
      Process greeting =
          applications.process(Greeter.class, "hello").redirectErrorStream(true).start();
      try {
        String all = new String(greeting.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(greeting.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(all).contains("you said hello");
        assertThat(greeting.exitValue()).as(all).isZero();
      } finally {
        greeting.destroyForcibly();
      }
      answering.getOutputStream().close();
      assertThat(answering.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(answering.exitValue()).as("%s", Files.readString(log)).isZero();
    } finally {
      answering.destroyForcibly();
    }
  }

  @Test
  void an_application_is_smaller_than_with_any_other_manager() throws IOException {
    long bytes = Files.size(Applications.BUNDLE);
    for (String jar : Applications.jarsOfVertx()) {
      bytes += Files.size(Path.of(jar));
    }
    assertThat(bytes).isLessThan(SMALLEST_OTHER_BYTES);
  }

  @Test
  void libraries_in_the_bundle_are_relocated() throws IOException {
    TreeSet<String> roots = new TreeSet<>();
    try (JarFile jar = new JarFile(Applications.BUNDLE.toFile())) {
      jar.stream()
          .map(entry -> entry.getName())
          .filter(name -> name.endsWith(".class") && !name.startsWith("META-INF/"))
          .forEach(name -> roots.add(root(name)));
    }
    assertThat(roots).containsExactly("io/quorate", "org/jspecify", "org/sqlite");
  }

  private static String root(String name) {
    String[] parts = name.toLowerCase(Locale.ROOT).split("/");
    return parts[0] + "/" + parts[1];
  }
}
