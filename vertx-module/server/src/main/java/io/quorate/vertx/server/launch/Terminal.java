package io.quorate.vertx.server.launch;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** Whether standard error is a terminal, which Java does not tell. */
final class Terminal {
  private static final Path DESCRIPTOR = Path.of("/proc/self/fd/2");
  private static final Pattern DEVICE = Pattern.compile("/dev/(pts/\\d+|tty\\w*|console)");
  private static final long ASK_MILLIS = 2_000;

  private static final boolean STANDARD_ERROR = look();

  private Terminal() {}

  static boolean isStandardError() {
    return STANDARD_ERROR;
  }

  /**
   * Linux says what the descriptor is; elsewhere the shell is asked, and on Windows the console.
   */
  private static boolean look() {
    try {
      return isDevice(Files.readSymbolicLink(DESCRIPTOR).toString());
    } catch (IOException | UnsupportedOperationException e) {
      boolean isWindows = System.getProperty("os.name", "").startsWith("Windows");
      return isWindows ? hasConsole() : asked();
    }
  }

  static boolean isDevice(String target) {
    return DEVICE.matcher(target).matches();
  }

  /** Asks {@code test}, which inherits the descriptor. */
  static boolean asked() {
    try {
      Process test =
          new ProcessBuilder("/bin/sh", "-c", "test -t 2")
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      if (test.waitFor(ASK_MILLIS, TimeUnit.MILLISECONDS)) {
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

  /** Of input and output, which stand for standard error here. */
  private static boolean hasConsole() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return true; // before JDK 22 there is a console for a terminal alone
    }
  }
}
