package io.quorate.vertx.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The output of a process, collected line by line in memory and, optionally, in a file. */
public final class Lines {
  private final List<String> lines = new ArrayList<>();
  private boolean ended;
  private int taken;

  /** Reads until the process closes its output. */
  public static Lines of(InputStream stream, String threadName, @Nullable Path file) {
    Lines lines = new Lines();
    Thread reader = new Thread(() -> lines.read(stream, file), threadName);
    reader.setDaemon(true);
    reader.start();
    return lines;
  }

  private void read(InputStream stream, @Nullable Path file) {
    try (BufferedReader reader =
            new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
        Writer copy =
            file == null
                ? Writer.nullWriter()
                : Files.newBufferedWriter(
                    file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      String line = reader.readLine();
      while (line != null) {
        copy.write(line + "\n");
        copy.flush();
        add(line);
        line = reader.readLine();
      }
    } catch (IOException e) {
      add("(reading ended: " + e.getMessage() + ")"); // the process was killed
    }
    synchronized (this) {
      ended = true;
      notifyAll();
    }
  }

  private synchronized void add(String line) {
    lines.add(line);
    notifyAll();
  }

  /**
   * The first matching line, whenever it was printed; null if the process ended without one.
   *
   * @throws AssertionError if there is none in time
   */
  public synchronized @Nullable String find(Predicate<String> wanted, Duration bound) {
    return find(wanted, bound, 0);
  }

  /**
   * The next matching line after the last one that this method returned; other lines are skipped.
   */
  public synchronized String next(Predicate<String> wanted) {
    String line = find(wanted, Await.LONG, taken);
    if (line == null) {
      throw new AssertionError("the process ended without such a line: " + lines);
    }
    return line;
  }

  private @Nullable String find(Predicate<String> wanted, Duration bound, int from) {
    long end = System.nanoTime() + bound.toNanos();
    int seen = from;
    while (true) {
      while (seen < lines.size()) {
        String line = lines.get(seen++);
        if (wanted.test(line)) {
          taken = seen;
          return line;
        }
      }
      if (ended) {
        return null;
      }
      long leftMillis = (end - System.nanoTime()) / 1_000_000;
      if (leftMillis <= 0) {
        throw new AssertionError("no such line within " + bound.toSeconds() + " s: " + tail(20));
      }
      try {
        wait(leftMillis);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Waits until the process has closed its output, then returns all lines. */
  public synchronized List<String> whole() {
    String unused = find(line -> false, Await.LONG, 0);
    return List.copyOf(lines);
  }

  public synchronized List<String> tail(int count) {
    return List.copyOf(lines.subList(Math.max(0, lines.size() - count), lines.size()));
  }

  /** All matching lines so far. */
  public synchronized List<String> matching(Predicate<String> wanted) {
    return lines.stream().filter(wanted).toList();
  }

  public synchronized boolean contains(String text) {
    return lines.stream().anyMatch(line -> line.contains(text));
  }
}
