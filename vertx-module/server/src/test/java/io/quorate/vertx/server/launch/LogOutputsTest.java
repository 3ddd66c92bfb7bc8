package io.quorate.vertx.server.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.options.Options;
import io.quorate.vertx.member.options.QuorateOptions;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class LogOutputsTest {
  private final Path directory;
  private final PrintStream standardOutput = System.out;

  LogOutputsTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @AfterEach
  void restore() {
    System.setOut(standardOutput);
    Logs.apply(new QuorateOptions());
  }

  private static void logTo(String... outputs) {
    Logs.apply(new QuorateOptions().set(Options.LOG_OUTPUTS, List.of(outputs)));
    LoggerFactory.getLogger(LogOutputsTest.class).info("hello");
  }

  @Test
  void everyOutputGetsEveryLineAndFilesAreAppendedTo() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    Path file = directory.resolve("quorate.log");
    logTo("stdout", file.toString());
    logTo(file.toString());
    assertThat(Files.readAllLines(file))
        .hasSize(2)
        .allSatisfy(line -> assertThat(new JsonObject(line).getString("msg")).isEqualTo("hello"));
    assertThat(out.toString(StandardCharsets.UTF_8).lines()).hasSize(1);
  }

  @Test
  void aFileThatCannotBeWrittenAndOutputsThatContradictEachOtherAreRefused() {
    Path missing = directory.resolve("none").resolve("log");
    assertThatThrownBy(() -> logTo(missing.toString()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("--log-outputs=" + missing);
    assertThatThrownBy(() -> logTo("default", "stdout"))
        .hasMessageStartingWith("--log-outputs=default,stdout");
    assertThatThrownBy(() -> logTo("systemd/journal")).hasMessageContaining("journal");
  }
}
