package io.quorate.vertx.server.process;

import io.quorate.vertx.testing.Lines;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the system's etcdctl. */
final class Etcdctl {
  private static final long BOUND_SECONDS = 90;

  private final String endpoints;
  private final List<String> flags;

  Etcdctl(String endpoints) {
    this(endpoints, List.of());
  }

  /**
   * @param flags flags for all runs
   */
  Etcdctl(String endpoints, List<String> flags) {
    this.endpoints = endpoints;
    this.flags = List.copyOf(flags);
  }

  /** The result of a run; the output is without the last line break. */
  record Outcome(int exitCode, String out, String err) {
    List<String> lines() {
      return out.isEmpty() ? List.of() : List.of(out.split("\n"));
    }
  }

  /** Runs etcdctl until it ends. */
  Outcome run(String... arguments) {
    return runWithInput("", arguments);
  }

  Outcome runWithInput(String input, String... arguments) {
    Process process = launch(arguments);
    try {
      Lines out = Lines.of(process.getInputStream(), "etcdctl-out", null);
      Lines err = Lines.of(process.getErrorStream(), "etcdctl-err", null);
      process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().close();
      if (!process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError(
            "etcdctl " + List.of(arguments) + " takes longer than " + BOUND_SECONDS + " s");
      }
      return new Outcome(
          process.exitValue(), String.join("\n", out.whole()), String.join("\n", err.whole()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    } finally {
      process.destroyForcibly();
    }
  }

  /** Runs etcdctl, which must succeed; returns its output. */
  String ok(String... arguments) {
    return okWithInput("", arguments);
  }

  String okWithInput(String input, String... arguments) {
    Outcome outcome = runWithInput(input, arguments);
    if (outcome.exitCode() != 0) {
      throw new AssertionError("etcdctl " + List.of(arguments) + ": " + outcome);
    }
    return outcome.out();
  }

  /** A run that continues until it is stopped. */
  final class Running implements AutoCloseable {
    private final Process process;
    private final Lines out;

    Running(Process process) {
      this.process = process;
      out = Lines.of(process.getInputStream(), "etcdctl-out", null);
      Lines unused = Lines.of(process.getErrorStream(), "etcdctl-err", null);
    }

    /** The next line that contains the text; other lines are skipped. */
    String next(String text) {
      return out.next(line -> line.contains(text));
    }

    boolean hasPrinted(String text) {
      return out.contains(text);
    }

    /** Sends SIGTERM, on which etcdctl releases what it holds, and waits for the end. */
    void stop() {
      process.destroy();
      try {
        if (!process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)) {
          throw new AssertionError("etcdctl does not end");
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  Running start(String... arguments) {
    return new Running(launch(arguments));
  }

  private Process launch(String... arguments) {
    List<String> command = new ArrayList<>(List.of("etcdctl"));
    command.add("--endpoints=" + endpoints);
    command.add("--command-timeout=30s");
    command.add("--dial-timeout=10s");
    command.addAll(flags);
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("ETCDCTL_API", "3");
    try {
      return builder.start();
    } catch (IOException e) {
      throw new IllegalStateException(
          "these tests need etcdctl on the path (Debian: etcd-client): " + e.getMessage(), e);
    }
  }
}
