package io.quorate.cluster.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the cluster manager causes in an application's log. Lines of Vert.x and Netty count as well:
 * a reader of the log does not care which library wrote them.
 */
class LogIT {
  private static final int RESTARTS = Integer.getInteger("quorate.restarts", 3);
  private static final int SIZE = 3;
  private static final int DRAIN_MILLIS = 200;
  private static final int TIMEOUT_SECONDS = 120;

  /** Time for an election and for a killed process to be out of the cluster. */
  private static final int OUT_SECONDS = 10;

  /** {@code LEVEL: logger: message}, with a stack trace if there is one. */
  private static final String ONE_LINE = "%4$s: %3$s: %5$s%6$s%n";

  private final List<Running> running = new ArrayList<>();
  private Applications applications;
  private Path logs;

  private record Running(Process process, BufferedReader said, Path log) {
    void awaits(String line) throws IOException {
      assertThat(said.readLine()).as("%s", Files.readString(log)).isEqualTo(line);
    }
  }

  @BeforeEach
  void prepare(@TempDir Path temporary) throws IOException {
    logs = Files.createDirectory(temporary.resolve("logs"));
    applications =
        Applications.in(temporary).with("-Djava.util.logging.SimpleFormatter.format=" + ONE_LINE);
  }

  @AfterEach
  void end() {
    running.forEach(one -> one.process().destroyForcibly());
  }

  private Running start() throws Exception {
    Path log = logs.resolve(running.size() + ".log");
    Process process = applications.process(Chatter.class).redirectError(log.toFile()).start();
    Running one = new Running(process, process.inputReader(StandardCharsets.UTF_8), log);
    running.add(one);
    return one;
  }

  private static void close(Running one) throws Exception {
    one.process().getOutputStream().close();
    one.awaits("out");
    assertThat(one.process().waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
  }

  private List<String> logged(String beginning) throws IOException {
    return logged(line -> line.startsWith(beginning));
  }

  private List<String> logged(Predicate<String> wanted) throws IOException {
    List<String> found = new ArrayList<>();
    for (Running one : running) {
      try (Stream<String> lines = Files.lines(one.log())) {
        lines.filter(wanted).forEach(found::add);
      }
    }
    return found;
  }

  /**
   * Messages that waited for a connection which is closed as soon as it is there fail twice, which
   * Vert.x reports with a stack. That is rare, and not caused by Quorate.
   */
  private List<String> severeButFailedWrites() throws IOException {
    List<String> severe = logged("SEVERE: ");
    List<String> writes = logged("java.lang.IllegalStateException: Promise already completed");
    assertThat(writes).hasSizeLessThanOrEqualTo(1);
    writes.forEach(
        each -> severe.remove("SEVERE: io.vertx.core.impl.ContextImpl: Unhandled exception"));
    return severe;
  }

  private void awaitLogged(int count, String part) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
    while (logged(line -> line.contains(part)).size() < count) {
      assertThat(System.nanoTime()).as("%s", logged(line -> true)).isLessThan(end);
      Thread.sleep(50);
    }
  }

  /** With time for the others to stop sending before a bus closes: see the guide. */
  @Test
  void starts_and_restarts_in_order_log_no_warnings() throws Exception {
    applications = applications.with("-Dquorate.cluster.drainMillis=" + DRAIN_MILLIS);
    List<Running> now = new ArrayList<>();
    for (int i = 0; i < SIZE; i++) {
      now.add(start());
    }
    for (Running one : now) {
      one.awaits("in");
    }
    for (int i = 0; i < RESTARTS; i++) {
      close(now.get(i % SIZE));
      Running again = start();
      again.awaits("in");
      now.set(i % SIZE, again);
    }
    for (Running one : now) {
      close(one);
    }

    assertThat(logged("INFO: io.quorate.")).isNotEmpty();
    assertThat(logged("SEVERE: ")).isEmpty();
    assertThat(logged("Caused by: ")).as("stacks").isEmpty();
  }

  @Test
  void a_killed_process_causes_few_log_lines_and_hardly_a_stack_trace() throws Exception {
    List<Running> all = new ArrayList<>();
    for (int i = 0; i < SIZE; i++) {
      Running one = start();
      one.awaits("in");
      all.add(one);
    }
    awaitLogged(SIZE - 1, "votes now");
    all.get(1).process().destroyForcibly();
    assertThat(all.get(1).process().waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
    Running another = start();
    another.awaits("in");
    close(another);
    close(all.get(0));
    close(all.get(2));

    // a connect to a port that was closed after it was tested
    assertThat(logged("Caused by: ")).as("stacks").hasSizeLessThan(SIZE);
    // Vert.x's own line, of a bus that was connected to it
    assertThat(severeButFailedWrites()).allMatch(line -> line.endsWith(": Connection reset"));
    // a third of fifty messages a second were meant for it
    assertThat(logged("WARNING: ")).hasSizeLessThan(3 * 4 * OUT_SECONDS);
  }

  @Test
  void an_application_with_an_older_slf4j_sees_its_own_lines_ours_and_those_of_core(
      @TempDir Path temporary) throws Exception {
    Process process =
        Applications.in(temporary)
            .withJars("slf4j-api-1.7", "logback-")
            .process(Speaker.class)
            .redirectErrorStream(true)
            .start();
    String all = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(all)
        .contains("INFO " + Speaker.class.getName() + " - the application begins")
        .contains(
            "INFO io.quorate.cluster.connection.MemberConnection - no cluster 'vertx' was found")
        .contains("INFO io.quorate.node.LeaderChanges - leader is ")
        .contains("INFO " + Speaker.class.getName() + " - the application ends")
        .doesNotContain("SLF4J:");
  }
}
