package io.quorate.vertx.server.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The program in a JVM of its own: its output and exit codes. */
@Timeout(120)
class MainTest {

  @Test
  void versionIsPrintedToStandardOutputOnly(@TempDir Path directory) throws Exception {
    Ended ended = run(directory, "--version");
    assertThat(ended.code).isZero();
    assertThat(ended.out).startsWith("etcd Version: ");
    assertThat(ended.err).isEmpty();
  }

  @Test
  void anUnknownFlagEndsTheProcessWithExitCodeTwo(@TempDir Path directory) throws Exception {
    Ended ended = run(directory, "--no-such-flag");
    assertThat(ended.code).isEqualTo(2);
    assertThat(ended.out).isEmpty();
    assertThat(ended.err.lines()).singleElement().asString().contains("--no-such-flag");
  }

  @Test
  void aWrongValueEndsTheProcessWithExitCodeOneAndWritesNoFiles(@TempDir Path directory)
      throws Exception {
    Ended ended = run(directory, "--heartbeat-interval=900");
    assertThat(ended.code).isEqualTo(1);
    assertThat(ended.err.lines()).singleElement().asString().contains("--election-timeout=1000");
    try (var left = Files.list(directory)) {
      assertThat(left.map(Path::getFileName).map(Path::toString))
          .containsExactlyInAnyOrder("out", "err");
    }
  }

  /** Arguments, environment and output, and the advice for a file that cannot be named. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void withoutALocaleArgumentsAreStillReadAsUtf8(@TempDir Path directory) throws Exception {
    Ended ended = inLocale("C", directory, "--grpc-keepalive-min-time=1µs");
    assertThat(ended.code).isEqualTo(1);
    assertThat(line(ended).getString("msg"))
        .startsWith("--name=dü: cannot name a file")
        .endsWith("LC_ALL=C.UTF-8, or set --data-dir as well");
    String taken = "--data-dir=x --initial-cluster=dö=http://127.0.0.1:2380";
    assertThat(line(inLocale("POSIX", directory, taken)).getString("msg"))
        .contains("--initial-cluster=dö=http", "does not name this member, 'dü'");
    assertThat(line(inLocale("C", directory, "--data-dir=dü")).getString("msg"))
        .startsWith("--data-dir=dü: cannot name a file");
    assertThat(line(inLocale("C.UTF-8", directory, "--heartbeat-interval=900")).getString("msg"))
        .contains("--election-timeout=1000");
  }

  private static Ended inLocale(String locale, Path directory, String args) throws Exception {
    Path script = directory.resolve("script");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Files.writeString(
        script,
        String.format(
            "unset LANG LC_CTYPE; export LC_ALL=%s QUORATE_NAME=dü%nexec %s -cp '%s' %s %s%n",
            locale, java, System.getProperty("java.class.path"), Main.class.getName(), args));
    return run(directory, List.of("sh", script.toString()));
  }

  private static JsonObject line(Ended ended) {
    assertThat(ended.err.lines()).hasSize(1);
    return new JsonObject(ended.err);
  }

  private record Ended(int code, String out, String err) {}

  private static Ended run(Path directory, String... args)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(args));
    return run(directory, command);
  }

  private static Ended run(Path directory, List<String> command)
      throws IOException, InterruptedException {
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
