package io.quorate.vertx.server.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The program under test, as users get it. */
final class Jar {
  private Jar() {}

  /** The jar of this build. */
  static Path own() {
    return Path.of(System.getProperty("quorate.jar", "target/quorate.jar")).toAbsolutePath();
  }

  /**
   * A command line that runs the program with a small heap and a quick start.
   *
   * @param jar {@link #own} or another release
   * @param jvmFlags override the default flags
   */
  static List<String> command(
      Path jar, Path temporary, List<String> jvmFlags, List<String> arguments) {
    if (!Files.isRegularFile(jar)) {
      throw new IllegalStateException("there is no " + jar + "; run mvn package first");
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx256m");
    command.add("-XX:+UseSerialGC");
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-Djava.io.tmpdir=" + temporary);
    command.addAll(jvmFlags);
    command.add("-jar");
    command.add(jar.toString());
    command.addAll(arguments);
    return command;
  }
}
