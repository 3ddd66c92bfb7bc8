package io.quorate.vertx.server.robustness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Writes the results of a run to {@code target/robustness/run-<seed>}: the faults with their times,
 * and the verdict; for a failed run also the history of the clients and the members' logs.
 */
final class Report {
  private final Path directory;
  private final long beginNanos = System.nanoTime();

  Report(Path directory) {
    this.directory = directory;
    try {
      Files.createDirectories(directory);
      try (Stream<Path> old = Files.list(directory)) {
        for (Path file : old.toList()) {
          Files.delete(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path directory() {
    return directory;
  }

  /** Milliseconds since the start of the run. */
  long millis() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beginNanos);
  }

  /** Writes a line with the time, immediately. */
  void event(String what) {
    append("report.txt", "%6d ms  %s%n".formatted(millis(), what));
  }

  void line(String text) {
    append("report.txt", text + "\n");
  }

  private synchronized void append(String name, String text) {
    try {
      Files.writeString(
          directory.resolve(name), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void file(String name, List<?> lines) {
    try {
      Files.write(directory.resolve(name), lines.stream().map(String::valueOf).toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void copyAll(Path from) {
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(
            file,
            directory.resolve(file.getFileName().toString()),
            StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
