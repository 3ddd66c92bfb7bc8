package io.quorate.cluster.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What depends on what a version of Vert.x has, once with each that is supported: the bundle, as it
 * was compiled, beside that version's jars.
 */
class VersionsIT {
  private static final String VERSION = System.getProperty("quorate.beside.vertx");
  private static final int TIMEOUT_SECONDS = 120;

  @Test
  void a_lost_connection_to_a_peer_is_told(@TempDir Path temporary) throws Exception {
    Process process =
        Applications.in(temporary).process(Peers.class).redirectErrorStream(true).start();
    assertThat(said(process)).startsWith(VERSION + "\n").contains("lost 2\n");
  }

  @Test
  void processes_find_each_other_talk_and_leave(@TempDir Path temporary) throws Exception {
    Applications applications = Applications.in(temporary);
    Process first = applications.process(Greeter.class).redirectErrorStream(true).start();
    try (BufferedReader lines = first.inputReader(StandardCharsets.UTF_8)) {
      StringBuilder all = new StringBuilder();
      String line = "";
      while (line != null && !line.equals("ready")) {
        line = lines.readLine();
        all.append(line).append('\n');
      }
      assertThat(all).contains("io.quorate.cluster.QuorateClusterManager\n").endsWith("ready\n");
      Process greeting =
          applications.process(Greeter.class, "hello").redirectErrorStream(true).start();
      assertThat(said(greeting)).contains("you said hello");
      first.getOutputStream().close();
      assertThat(first.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(first.exitValue()).isZero();
    } finally {
      first.destroyForcibly();
    }
  }

  /** All that a process says until it ends well. */
  private static String said(Process process) throws Exception {
    try {
      String all = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(all).isZero();
      return all;
    } finally {
      process.destroyForcibly();
    }
  }
}
