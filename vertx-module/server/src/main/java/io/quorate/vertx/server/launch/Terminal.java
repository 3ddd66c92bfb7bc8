package io.quorate.vertx.server.launch;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** Finds out whether standard error is a terminal, for which Java has no method. */
final class Terminal {
  private static final Path DESCRIPTOR = Path.of("/proc/self/fd/2");
  private static final Pattern DEVICE = Pattern.compile("/dev/(pts/\\d+|tty\\w*|console)");
  private static final long SHELL_TIMEOUT_MILLIS = 2_000;

  private static final boolean STANDARD_ERROR = check();

  private Terminal() {}

  static boolean isStandardError() {
    return STANDARD_ERROR;
  }

  /**
   * On Linux by the name of the file descriptor, elsewhere by running the shell's {@code test}, on
   * Windows by the console.
   */
  private static boolean check() {
    try {
      return isDevice(Files.readSymbolicLink(DESCRIPTOR).toString());
    } catch (IOException | UnsupportedOperationException e) {
      boolean isWindows = System.getProperty("os.name", "").startsWith("Windows");
      return isWindows ? hasConsole() : isTerminalByShell();
    }
  }

  static boolean isDevice(String target) {
    return DEVICE.matcher(target).matches();
  }

  /** Runs {@code test}, which inherits the file descriptor. */
  static boolean isTerminalByShell() {
    try {
      Process test =
          new ProcessBuilder("/bin/sh", "-c", "test -t 2")
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      if (test.waitFor(SHELL_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)) {
        return test.exitValue() == 0;
      }
      test.destroyForcibly();
      return false;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Whether input and output are a console; standard error is assumed to be the same. */
  private static boolean hasConsole() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return true; // before JDK 22, a console exists only for a terminal
    }
  }
}
