package io.quorate.vertx.server.launch;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns what the JDK and libraries print to standard error into log events: one event for each
 * line, and one for a whole stack trace. Output of the JVM's native code does not pass through
 * here. Any thread.
 */
final class ErrorLines extends PrintStream {
  private static final Logger LOG = LoggerFactory.getLogger("stderr");

  /**
   * The thread whose stack trace is being printed frame by frame; it has been logged as a whole.
   */
  private volatile @Nullable Thread tracing;

  /**
   * @param fallback gets what is printed while a line is being logged
   */
  ErrorLines(PrintStream fallback) {
    super(new Lines(fallback), true, StandardCharsets.UTF_8);
  }

  /** A stack trace is printed as the exception, followed by one string for each frame. */
  @Override
  public void println(@Nullable Object printed) {
    if (printed instanceof Throwable failure) {
      tracing = Thread.currentThread();
      LOG.error("a stack trace was printed", failure);
    } else if (tracing != Thread.currentThread() || !isOfTrace(String.valueOf(printed))) {
      tracing = null;
      super.println(printed);
    }
  }

  private static boolean isOfTrace(String line) {
    String text = line.stripLeading();
    return text.startsWith("at ")
        || text.startsWith("... ")
        || text.startsWith("Caused by: ")
        || text.startsWith("Suppressed: ")
        || text.startsWith("[CIRCULAR REFERENCE");
  }

  /** Splits output at line ends, and where a line is too long. */
  private static final class Lines extends OutputStream {
    private static final int MAX_LINE_BYTES = 16 << 10;

    private final PrintStream fallback;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(256);
    private boolean logging;

    Lines(PrintStream fallback) {
      this.fallback = fallback;
    }

    @Override
    public synchronized void write(int b) {
      if (logging) {
        fallback.write(b);
      } else if (b == '\n') {
        log();
      } else {
        line.write(b);
        if (line.size() >= MAX_LINE_BYTES) {
          log();
        }
      }
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
      for (int i = 0; i < length; i++) {
        write(bytes[offset + i]);
      }
    }

    private void log() {
      String text = line.toString(StandardCharsets.UTF_8).stripTrailing();
      line.reset();
      if (text.isEmpty()) {
        return;
      }
      logging = true;
      try {
        LOG.warn("{}", text);
      } finally {
        logging = false;
      }
    }
  }
}
