package io.quorate.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Runs the transcripts under {@code src/test/resources/raft}. Each block is commands, a line of
 * four dashes, and all that came of them; {@link Scenario} explains the commands. {@code
 * -Dquorate.rewrite=true} writes what happens now into the files: commit only what you understand.
 */
class ScenarioTest {
  private static final Path FILES = Path.of("src/test/resources/raft");
  private static final int LEAST = 15;

  @TestFactory
  Stream<DynamicTest> scenarios() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(FILES)) {
      files = all.filter(f -> f.toString().endsWith(".txt")).sorted().toList();
    }
    assertThat(files).hasSizeGreaterThanOrEqualTo(LEAST);
    return files.stream()
        .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> check(file)));
  }

  private static void check(Path file) throws IOException {
    String expected = Files.readString(file, StandardCharsets.UTF_8);
    assertThat(expected).as("two sentences on what and why").startsWith("# ");
    String actual = play(expected);
    if (Boolean.getBoolean("quorate.rewrite")) {
      Files.writeString(file, actual, StandardCharsets.UTF_8);
    } else {
      assertThat(actual).isEqualTo(expected);
    }
  }

  private static String play(String text) {
    Scenario scenario = new Scenario();
    List<String> out = new ArrayList<>();
    List<String> commands = new ArrayList<>();
    boolean inTranscript = false;
    for (String line : (text + "\n").lines().toList()) {
      if (inTranscript) {
        // What was expected ends with an empty line.
        inTranscript = !line.isEmpty();
        if (!inTranscript) {
          out.add("");
        }
      } else if (line.equals("----")) {
        out.add(line);
        commands.forEach(command -> out.addAll(scenario.run(command)));
        commands.clear();
        inTranscript = true;
      } else {
        out.add(line);
        if (!line.isEmpty() && !line.startsWith("#")) {
          commands.add(line);
        }
      }
    }
    assertThat(commands).as("commands without ---- behind them").isEmpty();
    return String.join("\n", out).stripTrailing() + "\n";
  }
}
