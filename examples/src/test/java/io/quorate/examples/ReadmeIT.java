package io.quorate.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.examples.Markdown.Block;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's snippets as they stand there, in a directory and on ports of their own. */
class ReadmeIT {
  private static final Pattern PORT = Pattern.compile("\\b[1-9]?2(?:379|380)\\b");
  private static final Pattern FLAG = Pattern.compile("(?<![\\w-])--([a-z][a-z-]*)");
  private static final int PATIENCE_SECONDS = 120;

  private final Markdown readme;

  ReadmeIT() throws IOException {
    readme = Markdown.read(Path.of(System.getProperty("quorate.root"), "README.md"));
  }

  /** A command of a console block and what the README says that it prints. */
  private record Said(String command, List<String> expected) {}

  @Test
  void threeMembersStartAndAnswerAsThePageSays(@TempDir Path directory) throws Exception {
    Files.createDirectories(directory.resolve("vertx-module/target"));
    Files.createSymbolicLink(directory.resolve("vertx-module/target/quorate.jar"), Members.jar());
    List<Said> conversation = new ArrayList<>();
    String script = onFreePorts(script(conversation));

    run(directory, script);

    assertThat(conversation).hasSizeGreaterThan(5);
    for (int i = 0; i < conversation.size(); i++) {
      Said said = conversation.get(i);
      assertThat(String.join("\n", Files.readAllLines(directory.resolve("answer-" + i))))
          .as(said.command())
          .matches(pattern(said.expected()));
    }
  }

  /** Blocks in their order; what console commands answer goes to files, numbered. */
  private String script(List<Said> conversation) {
    StringBuilder script = new StringBuilder("set -eu\n");
    for (Block block : readme.blocks()) {
      if (!block.section().equals("Three members on one machine")) {
        continue;
      }
      if (block.language().equals("console")) {
        for (Said said : conversationOf(block)) {
          script.append(said.command()).append(" > answer-" + conversation.size() + " 2>&1\n");
          conversation.add(said);
        }
      } else if (!block.text().contains("examples/target")) {
        script.append(block.text()).append('\n'); // the example has a test of its own
      }
    }
    return script.toString();
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

  private static String onFreePorts(String script) throws IOException {
    TreeSet<String> written = new TreeSet<>();
    Matcher matcher = PORT.matcher(script);
    while (matcher.find()) {
      written.add(matcher.group());
    }
    assertThat(written).hasSize(6);
    List<Integer> free = Members.freePorts(written.size());
    Map<String, String> replacements = new HashMap<>();
    for (String port : written) {
      replacements.put(port, String.valueOf(free.get(replacements.size())));
    }
    return PORT.matcher(script)
        .replaceAll(found -> replacements.getOrDefault(found.group(), found.group()));
  }

  private static void run(Path directory, String script) throws Exception {
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

  @Test
  void everyFlagThatIsNamedIsKnown() throws Exception {
    String ofServer = helpOf(List.of("--help"));
    String ofBench = helpOf(List.of("bench", "--help"));
    List<String> unknown = new ArrayList<>();
    int named = 0;
    for (Block block : readme.blocks()) {
      for (String command : block.text().replace("\\\n", " ").split("\n")) {
        if (command.contains("quorate.jar")) {
          String arguments = command.substring(command.indexOf("quorate.jar"));
          String help = arguments.contains(" bench ") ? ofBench : ofServer;
          for (String flag : flagsIn(arguments)) {
            named++;
            if (!flagsIn(help).contains(flag)) {
              unknown.add(flag + " in " + command.strip());
            }
          }
        }
      }
    }
    for (String code : readme.inlineCode()) {
      if (code.startsWith("--")) {
        named++;
        if (!flagsIn(ofServer + ofBench).containsAll(flagsIn(code))) {
          unknown.add(code);
        }
      }
    }
    assertThat(unknown).isEmpty();
    assertThat(named).isGreaterThan(15);
  }

  private static TreeSet<String> flagsIn(String text) {
    TreeSet<String> flags = new TreeSet<>();
    Matcher matcher = FLAG.matcher(text);
    while (matcher.find()) {
      flags.add(matcher.group(1));
    }
    return flags;
  }

  private static String helpOf(List<String> arguments) throws Exception {
    List<String> command =
        new ArrayList<>(List.of(Members.java().toString(), "-jar", Members.jar().toString()));
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var output = process.getInputStream()) {
      String help = new String(output.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(help).isZero();
      return help;
    } finally {
      process.destroyForcibly();
    }
  }
}
