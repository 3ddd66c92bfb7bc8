package io.quorate.vertx.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;

/** Process signals that Java has no method for. */
public final class Signals {
  private Signals() {}

  /** SIGSTOP: the process stands still, its connections stay open. */
  public static void pause(Process process) {
    send("STOP", process);
  }

  /** SIGCONT: the process continues. */
  public static void resume(Process process) {
    send("CONT", process);
  }

  private static void send(String signal, Process process) {
    try {
      Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
      if (!kill.waitFor(10, TimeUnit.SECONDS) || kill.exitValue() != 0) {
        throw new IllegalStateException("kill -" + signal + " failed");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
