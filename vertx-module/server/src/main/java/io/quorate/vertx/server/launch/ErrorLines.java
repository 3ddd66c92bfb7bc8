package io.quorate.vertx.server.launch;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the JDK and libraries print to standard error, as lines of the log: one event a line, and
 * one for a whole stack trace. What the JVM prints by itself, below Java, does not come this way.
 * Any thread.
 */
final class ErrorLines extends PrintStream {
  private static final Logger LOG = LoggerFactory.getLogger("stderr");

  /** Whose stack trace is being printed, frame by frame; the log has it already. */
  private volatile @Nullable Thread tracing;

  /**
   * @param last takes what is printed while a line is being logged
   */
  ErrorLines(PrintStream last) {
    super(new Lines(last), true, StandardCharsets.UTF_8);
  }

  /** A stack trace comes as the failure and then a text a frame. */
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

  /** Cuts at line ends, and where a line is too long. */
  private static final class Lines extends OutputStream {
    private static final int MAX_LINE_BYTES = 16 << 10;

    private final PrintStream last;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(256);
    private boolean telling;

    Lines(PrintStream last) {
      this.last = last;
    }

    @Override
    public synchronized void write(int b) {
      if (telling) {
        last.write(b);
      } else if (b == '\n') {
        tell();
      } else {
        line.write(b);
        if (line.size() >= MAX_LINE_BYTES) {
          tell();
        }
      }
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
      for (int i = 0; i < length; i++) {
        write(bytes[offset + i]);
      }
    }

    private void tell() {
      String text = line.toString(StandardCharsets.UTF_8).stripTrailing();
      line.reset();
      if (text.isEmpty()) {
        return;
      }
      telling = true;
      try {
        LOG.warn("{}", text);
      } finally {
        telling = false;
      }
    }
  }
}
