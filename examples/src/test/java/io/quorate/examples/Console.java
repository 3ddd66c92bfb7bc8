package io.quorate.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.examples.Markdown.Block;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** Commands of a page, run one after the other, and what the page says that they print. */
final class Console {
  private static final int PATIENCE_SECONDS = 120;

  private final Path directory;
  private final StringBuilder script = new StringBuilder("set -eu\n");
  private final List<Said> conversation = new ArrayList<>();

  /** A command of a console block and its answer. */
  private record Said(String command, List<String> expected) {}

  /**
   * @param directory they run in
   */
  Console(Path directory) {
    this.directory = directory;
  }

  /** A line that is not on the page. */
  void add(String command) {
    script.append(command).append('\n');
  }

  /** What console commands answer goes to files, numbered; all else is a script as it is. */
  void add(Block block) {
    if (!block.language().equals("console")) {
      add(block.text());
      return;
    }
    for (Said said : conversationOf(block)) {
      boolean sets = said.command().matches("\\w+=.*");
      add(sets ? said.command() : said.command() + " > answer-" + conversation.size() + " 2>&1");
      if (!sets) {
        conversation.add(said);
      }
    }
  }

  /** How many answers there are to check. */
  int answers() {
    return conversation.size();
  }

  private static List<Said> conversationOf(Block block) {
    List<Said> conversation = new ArrayList<>();
    for (String line : block.lines()) {
      if (line.startsWith("$ ")) {
        conversation.add(new Said(line.substring(2), new ArrayList<>()));
      } else {
        conversation.get(conversation.size() - 1).expected().add(line);
      }
    }
    return conversation;
  }

  /** Three dots stand for anything within a line. */
  private static Pattern pattern(List<String> expected) {
    List<String> lines = new ArrayList<>();
    for (String line : expected) {
      lines.add(Pattern.quote(line).replace("...", "\\E.+\\Q"));
    }
    return Pattern.compile(String.join("\n", lines));
  }

  String script() {
    return script.toString();
  }

  /**
   * Runs all and checks what was answered.
   *
   * @param changed the script, with other ports for instance
   */
  void run(String changed) throws Exception {
    execute(changed);
    for (int i = 0; i < conversation.size(); i++) {
      Said said = conversation.get(i);
      assertThat(String.join("\n", Files.readAllLines(directory.resolve("answer-" + i))))
          .as(said.command())
          .matches(pattern(said.expected()));
    }
  }

  private void execute(String script) throws Exception {
    Path output = directory.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-c", script)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().put("JAVA_TOOL_OPTIONS", "-Xmx256m -XX:+UseSerialGC");
    builder.environment().put("PATH", Members.java().getParent() + ":" + System.getenv("PATH"));
    builder.environment().keySet().removeIf(variable -> variable.startsWith("ETCDCTL_"));
    Process bash = builder.start();
    try {
      boolean ended = bash.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
      String said = Files.readString(output);
      assertThat(ended).as("it ended; it said:%n%s", said).isTrue();
      assertThat(bash.exitValue()).as("exit code; it said:%n%s", said).isZero();
    } finally {
      bash.descendants().forEach(ProcessHandle::destroy);
      bash.destroy();
    }
  }
}
