package io.quorate.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.examples.Markdown.Block;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every example as a newcomer runs it: the command of its page, for the answer on its page. */
class ExamplesIT {
  private static final int PATIENCE_SECONDS = 120;
  private static final int PORTS_IN_A_ROW = 16;
  private static final String SERVER = "http://127.0.0.1:2379";
  private static final String FAT_JAR = "Your own fat jar";
  private static final String BROWSER = "Keys in a browser";

  /** They run until they are told to end. */
  private static final Set<String> SERVERS = Set.of(FAT_JAR, BROWSER);

  private static final Path ROOT =
      Path.of(System.getProperty("quorate.root")).toAbsolutePath().normalize();

  /** By the heading: its command, and what it says in any order, where three dots are anything. */
  private static Map<String, List<Block>> examples() throws IOException {
    Map<String, List<Block>> examples = new LinkedHashMap<>();
    for (Block block : Markdown.read(ROOT.resolve("examples/README.md")).blocks()) {
      if (block.text().startsWith("mvn ") || block.language().equals("sh")) {
        continue; // what runs now has been built; an administrator's commands are not run here
      }
      examples.computeIfAbsent(block.section(), section -> new ArrayList<>()).add(block);
    }
    return examples;
  }

  @TestFactory
  Stream<DynamicTest> eachExampleRunsByItsCommandAndSaysWhatItsPageSays(@TempDir Path directory)
      throws IOException {
    Map<String, List<Block>> examples = examples();
    assertThat(examples).hasSizeGreaterThan(5);
    assertThat(examples.values()).allMatch(blocks -> blocks.size() == 2);
    return examples.entrySet().stream()
        .filter(example -> !SERVERS.contains(example.getKey()))
        .map(
            example ->
                DynamicTest.dynamicTest(
                    example.getKey(),
                    () -> {
                      List<Block> blocks = example.getValue();
                      String said = run(directory, blocks.get(0).text());
                      for (String expected : blocks.get(1).lines()) {
                        assertThat(said).containsPattern(lineOf(expected));
                      }
                    }));
  }

  private static Pattern lineOf(String expected) {
    return Pattern.compile(
        "(?m)^" + Pattern.quote(expected).replace("...", "\\E.+\\Q").strip() + "\\s*$");
  }

  private String run(Path directory, String command) throws Exception {
    if (!command.contains(SERVER)) {
      return runAlone(directory, command);
    }
    Path data = Files.createTempDirectory(directory, "members");
    try (Members members = Members.start(data, 1)) {
      return runAlone(directory, command.replace(SERVER, members.endpoints().get(0)));
    }
  }

  private String runAlone(Path directory, String command) throws Exception {
    Path output = Files.createTempFile(directory, "output", ".txt");
    Process bash = shell(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
    try {
      boolean ended = bash.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
      String said = Files.readString(output);
      assertThat(ended).as("it ended; it said:%n%s", said).isTrue();
      assertThat(bash.exitValue()).as("exit code; it said:%n%s", said).isZero();
      return said;
    } finally {
      bash.descendants().forEach(ProcessHandle::destroyForcibly);
      bash.destroyForcibly();
    }
  }

  /** Where the page has been unpacked and built, on ports that nobody else takes. */
  private static ProcessBuilder shell(String command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder("bash", "-c", command).directory(ROOT.toFile());
    builder.environment().put("JAVA_TOOL_OPTIONS", "-Xmx256m -XX:+UseSerialGC");
    builder.environment().put("PATH", Members.java().getParent() + ":" + System.getenv("PATH"));
    builder
        .environment()
        .put("QUORATE_CLUSTER_PORT", String.valueOf(Members.firstOfFreePorts(PORTS_IN_A_ROW)));
    return builder;
  }

  static ProcessBuilder browserBridge(int port) throws IOException {
    return server(BROWSER, port);
  }

  private static ProcessBuilder server(String example, int port) throws IOException {
    String command = Objects.requireNonNull(examples().get(example)).get(0).text();
    return shell("exec " + command.replace("8080", String.valueOf(port)));
  }

  @Test
  void yourOwnFatJarIsClusteredByTheManagerInside() throws Exception {
    List<Integer> ports = Members.freePorts(2);
    ProcessBuilder first = server(FAT_JAR, ports.get(0));
    ProcessBuilder second = server(FAT_JAR, ports.get(1));
    second.environment().putAll(first.environment());
    List<Process> processes = new ArrayList<>();
    try {
      for (ProcessBuilder builder : List.of(first, second)) {
        Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        processes.add(process);
      }
      for (int i = 0; i < processes.size(); i++) {
        int port = ports.get(i);
        assertThat(processes.get(i).inputReader().lines().anyMatch(l -> l.endsWith(":" + port)))
            .as("it said where to visit it")
            .isTrue();
      }
      assertThat(visit(ports.get(0))).isEqualTo("visit 1\n");
      assertThat(visit(ports.get(1))).isEqualTo("visit 2\n");
      assertThat(visit(ports.get(0))).isEqualTo("visit 3\n");
    } finally {
      for (Process process : processes) {
        process.destroy();
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      }
    }
  }

  private static String visit(int port) throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port)).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }
}
