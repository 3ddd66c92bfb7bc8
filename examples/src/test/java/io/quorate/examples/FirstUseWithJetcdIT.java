package io.quorate.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example as a user starts it: a process of its own, by the command in the README. */
class FirstUseWithJetcdIT {
  @Test
  void theExampleTellsWhatItSeesAndNothingElse(@TempDir Path directory) throws Exception {
    try (Members members = Members.start(directory, 1)) {
      for (int run = 1; run <= 2; run++) { // what it leaves behind must not matter
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        Process process =
            new ProcessBuilder(
                    Members.java().toString(),
                    "-cp",
                    System.getProperty("quorate.examples.jar"),
                    FirstUseWithJetcd.class.getName(),
                    members.endpoints().get(0))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try {
          assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("it ended").isTrue();
        } finally {
          process.destroyForcibly();
        }
        assertThat(unrelatedRemoved(Files.readAllLines(err))).isEmpty();
        assertThat(process.exitValue()).isZero();
        assertThat(Files.readAllLines(out))
            .containsExactly(
                "get: hello",
                "txn: it was hello, now it is hello, world",
                "watch: PUT of first-use/greeting, from 'hello, world' to 'good evening'",
                "lease: renewed, worker is there",
                "lease: revoked, worker is gone");
      }
    }
  }

  /** What JDK 24 and later say about jetcd's own dependencies is not the example's. */
  private static List<String> unrelatedRemoved(List<String> lines) {
    return lines.stream().filter(line -> !line.startsWith("WARNING: ")).toList();
  }
}
