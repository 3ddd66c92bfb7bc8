package io.quorate.vertx.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program in a JVM of its own: what it prints where, and how it ends. */
@Timeout(120)
class MainTest {

  @Test
  void versionGoesToStandardOutputAlone(@TempDir Path directory) throws Exception {
    Ended ended = run(directory, "--version");
    assertThat(ended.code).isZero();
    assertThat(ended.out).startsWith("etcd Version: ");
    assertThat(ended.err).isEmpty();
  }

  @Test
  void anUnknownFlagEndsTheProcessWithTwo(@TempDir Path directory) throws Exception {
    Ended ended = run(directory, "--no-such-flag");
    assertThat(ended.code).isEqualTo(2);
    assertThat(ended.out).isEmpty();
    assertThat(ended.err.lines()).singleElement().asString().contains("--no-such-flag");
  }

  @Test
  void aWrongValueEndsTheProcessWithOneAndLeavesNothingBehind(@TempDir Path directory)
      throws Exception {
    Ended ended = run(directory, "--heartbeat-interval=900");
    assertThat(ended.code).isEqualTo(1);
    assertThat(ended.err.lines()).singleElement().asString().contains("--election-timeout=1000");
    try (var left = Files.list(directory)) {
      assertThat(left.map(Path::getFileName).map(Path::toString))
          .containsExactlyInAnyOrder("out", "err");
    }
  }

  private record Ended(int code, String out, String err) {}

  private static Ended run(Path directory, String... args)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(args));
    File out = directory.resolve("out").toFile();
    File err = directory.resolve("err").toFile();
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.directory(directory.toFile()).redirectOutput(out).redirectError(err);
    builder.environment().keySet().removeIf(name -> name.startsWith("QUORATE_"));
    Process process = builder.start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new Ended(
        process.exitValue(), Files.readString(out.toPath()), Files.readString(err.toPath()));
  }
}
