package io.quorate.vertx.launch;

import io.quorate.vertx.FileNames;
import io.quorate.vertx.QuorateOptions;
import io.quorate.vertx.QuorateOptions.LogFormat;
import io.quorate.vertx.QuorateServer;
import io.vertx.core.Future;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.slf4j.LoggerFactory;

/** Where the program begins, and the only place where it ends. */
public final class Main {
  /** Shorter than the time that those who send SIGTERM commonly allow before SIGKILL. */
  private static final long STOP_TIMEOUT_MILLIS = 1_500;

  private Main() {}

  public static void main(String[] args) {
    PrintStream err = utf8(Logs.takeAll(), FileDescriptor.err);
    Logs.apply(new QuorateOptions()); // newer JDKs log their exit, which must not be seen
    PrintStream out = utf8(System.out, FileDescriptor.out);
    LogFormat format = Logs.formatOf(LogFormat.AUTO);
    Launcher launcher = new Launcher(Main::start, out, err, format);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(launcher), "quorate-shutdown"));
    Runtime.getRuntime()
        .exit(launcher.run(Given.arguments(args), Given.environment(System.getenv())));
  }

  /** Where the JVM would write a question mark for what is not ASCII. */
  private static PrintStream utf8(PrintStream stream, FileDescriptor descriptor) {
    return FileNames.areAscii()
        ? new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8)
        : stream;
  }

  private static Future<MemberStarter.Running> start(QuorateOptions options) {
    // SQLite's native library is unpacked where a killed process's copy is found again and removed
    System.setProperty("org.sqlite.tmpdir", options.dataDir().resolve("member").toString());
    return QuorateServer.start(options).map(Main::running);
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
      LoggerFactory.getLogger(Main.class)
          .warn("not closed within {} ms; the log is safe regardless", STOP_TIMEOUT_MILLIS);
    }
  }
}
