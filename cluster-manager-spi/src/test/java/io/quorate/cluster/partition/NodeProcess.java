package io.quorate.cluster.partition;

import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.Lines;
import io.quorate.vertx.testing.Signals;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A {@link Node}, seen from the test. One thread, that of the test. */
final class NodeProcess {
  private final String name;
  private final Path temporary;
  private final Process process;
  private final Lines lines;
  private final OutputStream in;
  private int questions;
  private @Nullable String id;

  /**
   * @param how the arguments of {@link Node}
   * @param log file for its output
   */
  NodeProcess(String name, JsonObject how, Path temporary, Path log) {
    this.name = name;
    this.temporary = temporary;
    Path logging = Path.of(System.getProperty("java.home"), "conf", "logging.properties");
    try {
      Files.createDirectories(temporary);
      boolean unused = Files.deleteIfExists(log); // of an earlier run
      process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx128m",
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1",
                  "-Djava.net.preferIPv4Stack=true",
                  "-Djava.util.logging.config.file=" + logging, // the kit's would be a file
                  "-Djava.io.tmpdir=" + temporary,
                  "-Dorg.sqlite.tmpdir=" + Files.createDirectories(temporary.resolve("lib")),
                  "-cp",
                  System.getProperty("java.class.path"),
                  Node.class.getName(),
                  how.encode())
              .redirectErrorStream(true)
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    lines = Lines.of(process.getInputStream(), "log-" + name, log);
    in = process.getOutputStream();
  }

  String name() {
    return name;
  }

  /** Its id in the cluster; waits until it has joined. */
  String id() {
    if (id == null) {
      id = awaitEvent("joined", e -> true).getString("id");
    }
    return id;
  }

  // ---- commands

  /** A pending answer. */
  final class Answer {
    private final int number;

    private Answer(int number) {
      this.number = number;
    }

    private JsonObject await() {
      String start = Node.MARK + "{\"answer\":" + number + ",";
      String line = lines.find(l -> l.startsWith(start), Await.LONG);
      if (line == null) {
        throw new AssertionError(name + " ended without an answer: " + lines.tail(10));
      }
      return parse(line);
    }

    Object value() {
      JsonObject answer = await();
      if (answer.containsKey("failure")) {
        throw new AssertionError(name + ": " + answer.getString("failure"));
      }
      Object value = answer.getValue("value");
      return value == null ? "" : value;
    }

    String failure() {
      JsonObject answer = await();
      if (!answer.containsKey("failure")) {
        throw new AssertionError(name + " succeeded: " + answer);
      }
      return answer.getString("failure");
    }

    boolean failed() {
      return await().containsKey("failure");
    }

    /** How long the command took in that process. */
    long millis() {
      return await().getLong("millis");
    }
  }

  Answer ask(String command, Object... namesAndValues) {
    JsonObject question = new JsonObject().put("id", ++questions).put("do", command);
    for (int i = 0; i < namesAndValues.length; i += 2) {
      question.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    say(question.encode());
    return new Answer(questions);
  }

  private void say(String line) {
    try {
      in.write((line + "\n").getBytes(StandardCharsets.UTF_8));
      in.flush();
    } catch (IOException e) {
      throw new AssertionError(name + " does not listen: " + lines.tail(10), e);
    }
  }

  /** Closes its Vert.x and waits for the process to end by itself; gives the time closing took. */
  long close(Duration bound) {
    say("close");
    JsonObject closed = awaitEvent("closed", e -> true);
    if (!closed.getString("problem").isEmpty()) {
      throw new AssertionError(name + " did not close well: " + closed);
    }
    try {
      if (!process.waitFor(bound.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError("something keeps the process of " + name + " from ending");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return closed.getLong("millis");
  }

  int exitValue() {
    return process.exitValue();
  }

  /** What it has left in its temporary directory, but for libraries that are loaded from there. */
  List<Path> leftBehind() {
    try (Stream<Path> files = Files.list(temporary)) {
      return files.filter(file -> !file.endsWith("lib")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---- events

  private static JsonObject parse(String line) {
    return new JsonObject(line.substring(Node.MARK.length()));
  }

  private static boolean isEvent(String line, String event, Predicate<JsonObject> wanted) {
    return line.startsWith(Node.MARK + "{\"event\":\"" + event + "\"") && wanted.test(parse(line));
  }

  /** The first matching event, past or future. */
  JsonObject awaitEvent(String event, Predicate<JsonObject> wanted) {
    String line = lines.find(l -> isEvent(l, event, wanted), Await.LONG);
    if (line == null) {
      throw new AssertionError(name + " ended without '" + event + "': " + lines.tail(10));
    }
    return parse(line);
  }

  List<JsonObject> events(String event) {
    return lines.matching(l -> isEvent(l, event, e -> true)).stream()
        .map(NodeProcess::parse)
        .toList();
  }

  /** The events of its node listener, each with the list of nodes at that time. */
  List<String> nodeEvents() {
    return events("node").stream().map(e -> e.getString("what")).toList();
  }

  /** The names of the verticles that were started there. */
  List<String> verticles() {
    return events("verticle").stream().map(e -> e.getString("name")).toList();
  }

  /** The names of the verticles that run there now. */
  List<String> running() {
    return ((JsonArray) ask("running").value()).stream().map(String.class::cast).toList();
  }

  // ---- faults

  /** Sends SIGKILL; returns the time before that. */
  long kill() {
    long before = Node.now();
    end();
    return before;
  }

  void pause() {
    Signals.pause(process);
  }

  void resume() {
    Signals.resume(process);
  }

  /** Whatever state it is in. */
  void end() {
    process.destroyForcibly();
    try {
      if (!process.waitFor(Await.LONG.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException(name + " cannot be killed");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
