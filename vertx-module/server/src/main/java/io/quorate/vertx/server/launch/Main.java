package io.quorate.vertx.server.launch;

import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.member.QuorateServer;
import io.quorate.vertx.member.options.FileNames;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.member.options.QuorateOptions.LogFormat;
import io.quorate.vertx.server.token.JwtTokens;
import io.vertx.core.Future;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The program's main class, and the only one that ends the JVM. */
public final class Main {
  /** Shorter than the time that process managers commonly allow between SIGTERM and SIGKILL. */
  private static final long STOP_TIMEOUT_MILLIS = 1_500;

  private static final LastResort LAST_RESORT = new LastResort();

  private Main() {}

  public static void main(String[] args) {
    PrintStream err = utf8(Logs.redirectStandardError(), FileDescriptor.err);
    Logs.apply(new QuorateOptions()); // newer JDKs log their exit at a level that must not appear
    PrintStream out = utf8(System.out, FileDescriptor.out);
    LogFormat format = Logs.formatOf(LogFormat.AUTO);
    Launcher launcher = new Launcher(Main::start, out, err, format);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(launcher), "quorate-shutdown"));
    LAST_RESORT.begin(err, format);
    int code;
    try {
      code = launcher.run(Given.arguments(args), Given.environment(System.getenv()));
    } catch (Throwable e) {
      LAST_RESORT.arm();
      throw e;
    }
    Runtime.getRuntime().exit(code);
  }

  /**
   * A stream in UTF-8, where the JVM's would replace other characters than ASCII by question marks.
   */
  private static PrintStream utf8(PrintStream stream, FileDescriptor descriptor) {
    return FileNames.areAscii()
        ? new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8)
        : stream;
  }

  /**
   * Halts the process some time after a failure, in case nothing else ends it: without memory,
   * closing may take any time. Everything it needs exists from the beginning.
   */
  private static final class LastResort extends Thread {
    private static final long MILLIS = 8_000;
    private static final String MESSAGE =
        "not closed within " + MILLIS + " ms of a failure; the log is safe regardless";

    private PrintStream err = System.err;
    private byte[] line = {};
    private volatile boolean armed;

    LastResort() {
      super("quorate-last-resort");
      setDaemon(true);
    }

    /**
     * @param err written to without encoding
     */
    void begin(PrintStream err, LogFormat format) {
      this.err = err;
      String text =
          format == LogFormat.JSON
              ? "{\"level\":\"fatal\",\"msg\":\"" + MESSAGE + "\"}\n"
              : "quorate: " + MESSAGE + "\n";
      line = text.getBytes(StandardCharsets.UTF_8);
      start();
    }

    void arm() {
      armed = true;
      LockSupport.unpark(this);
    }

    @Override
    public void run() {
      while (!armed) {
        LockSupport.park(this);
      }
      long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MILLIS);
      long leftNanos;
      while ((leftNanos = deadlineNanos - System.nanoTime()) > 0) {
        LockSupport.parkNanos(this, leftNanos);
      }
      err.write(line, 0, line.length);
      err.flush();
      Runtime.getRuntime().halt(Launcher.FAILED);
    }
  }

  private static Future<MemberStarter.Running> start(QuorateOptions options) {
    // SQLite's native library is unpacked to where the copy of a killed process is found and
    // removed
    System.setProperty("org.sqlite.tmpdir", options.getDataDir().resolve("member").toString());
    return QuorateServer.start(options, JwtTokens::of)
        .onSuccess(server -> server.failing().onSuccess(cause -> LAST_RESORT.arm()))
        .map(Main::running);
  }

  private static MemberStarter.Running running(QuorateServer server) {
    return new MemberStarter.Running() {
      @Override
      public Future<Void> termination() {
        return server.termination();
      }

      @Override
      public Future<Void> close() {
        return server.close();
      }
    };
  }

  private static void stop(Launcher launcher) {
    if (!launcher.stop(STOP_TIMEOUT_MILLIS)) {
      Logger.getLogger(Main.class)
          .warn("not closed within {} ms; the log is safe regardless", STOP_TIMEOUT_MILLIS);
    }
  }
}
