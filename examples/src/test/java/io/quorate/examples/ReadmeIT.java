package io.quorate.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.examples.Markdown.Block;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
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

  @Test
  void threeMembersStartAndAnswerAsThePageSays(@TempDir Path directory) throws Exception {
    assertThat(talkedThrough("Three members on one machine", directory)).isGreaterThan(5);
  }

  @Test
  void threeMembersTalkTlsAsThePageSays(@TempDir Path directory) throws Exception {
    assertThat(talkedThrough("With TLS", directory)).isEqualTo(1);
  }

  /** Gives how many answers were as the page has them. */
  private int talkedThrough(String section, Path directory) throws Exception {
    Files.createDirectories(directory.resolve("vertx-module/server/target"));
    Files.createSymbolicLink(
        directory.resolve("vertx-module/server/target/quorate.jar"), Members.jar());
    Console console = new Console(directory);
    for (Block block : readme.blocks()) {
      if (block.section().equals(section)
          && !block.text().contains("examples/target")) { // that one has a test of its own
        console.add(block);
      }
    }
    console.add("kill $(jobs -p) 2> /dev/null || true; wait");
    console.run(onFreePorts(console.script()));
    return console.answers();
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

  @Test
  void everyFlagThatIsNamedIsKnown() throws Exception {
    Path guides = Path.of(System.getProperty("quorate.root"), "vertx-module/guides");
    String ofServer = helpOf(List.of("--help"));
    Map<String, String> ofCommands = new LinkedHashMap<>();
    for (String command :
        List.of("bench", "snapshot save", "snapshot status", "snapshot restore")) {
      List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
      arguments.add("--help");
      ofCommands.put(command, helpOf(arguments));
    }
    String all = ofServer + ofCommands.values();
    List<String> unknown = new ArrayList<>();
    int named = 0;
    List<Markdown> pages =
        List.of(
            readme,
            Markdown.read(guides.resolve("server.md")),
            Markdown.read(guides.resolve("operations.md")));
    for (Block block : pages.stream().flatMap(page -> page.blocks().stream()).toList()) {
      for (String command : block.text().replace("\\\n", " ").split("\n")) {
        if (command.contains("quorate.jar")) {
          String arguments = command.substring(command.indexOf("quorate.jar"));
          String help =
              ofCommands.entrySet().stream()
                  .filter(of -> arguments.contains(" " + of.getKey() + " "))
                  .map(Map.Entry::getValue)
                  .findFirst()
                  .orElse(ofServer);
          for (String flag : flagsIn(arguments)) {
            named++;
            if (!flagsIn(help).contains(flag)) {
              unknown.add(flag + " in " + command.strip());
            }
          }
        }
      }
    }
    for (String code : pages.stream().flatMap(page -> page.inlineCode().stream()).toList()) {
      if (code.startsWith("--")) {
        named++;
        if (!flagsIn(all).containsAll(flagsIn(code))) {
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
