package io.quorate.vertx.service;

import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.Lines;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Another JVM with the test's class path. */
final class JavaProcess implements AutoCloseable {
  private final String name;
  final Process process;
  final Lines lines;

  /**
   * @param properties and other options of the JVM
   */
  JavaProcess(String name, Path directory, List<String> properties, String... mainAndArguments) {
    this.name = name;
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.add("-Djava.io.tmpdir=" + directory);
    command.addAll(properties);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.addAll(Arrays.asList(mainAndArguments));
    try {
      Path log = Path.of("target", "processes", name + ".log");
      Files.createDirectories(log.getParent());
      boolean unused = Files.deleteIfExists(log); // from an earlier run
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
      lines = Lines.of(process.getInputStream(), "log-" + name, log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A process of Vert.x's launcher, which runs the verticle by its name with a configuration file.
   *
   * @param endpoint of the member that the event bus's cluster manager uses
   */
  static JavaProcess launched(
      String name, Path directory, String endpoint, JsonObject configuration) {
    try {
      Path own = Files.createDirectories(directory.resolve(name));
      Path file = Files.writeString(own.resolve("conf.json"), configuration.encode());
      return new JavaProcess(
          name,
          own,
          List.of(
              "-Dquorate.cluster.role=client",
              "-Dquorate.cluster.endpoints=" + endpoint,
              "-Dquorate.cluster.sessionTimeoutMillis=" + ServicesIT.SESSION_MILLIS),
          "io.vertx.launcher.application.VertxApplication",
          QuorateVerticle.class.getName(),
          "-conf=" + file,
          "-cluster",
          "-cluster-host=127.0.0.1");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The first line with that beginning. */
  String line(String start) {
    String line = lines.find(text -> text.startsWith(start), Await.LONG);
    if (line == null) {
      throw new AssertionError(name + " ended: " + lines.tail(20));
    }
    return line;
  }

  /** SIGKILL. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  @Override
  public void close() {
    kill();
  }
}
