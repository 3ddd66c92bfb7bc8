package io.quorate.vertx.launch;

import io.quorate.vertx.QuorateOptions;
import io.quorate.vertx.QuorateServer;
import io.vertx.core.Future;

/** Where the program begins, and the only place where it ends. */
public final class Main {
  /** Shorter than the time that those who send SIGTERM commonly allow before SIGKILL. */
  private static final long STOP_TIMEOUT_MILLIS = 1_500;

  private Main() {}

  public static void main(String[] args) {
    Logs.apply(new QuorateOptions()); // newer JDKs log their exit, which must not be seen
    Launcher launcher = new Launcher(Main::start, System.out, System.err);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(launcher), "quorate-shutdown"));
    Runtime.getRuntime().exit(launcher.run(args, System.getenv()));
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
      System.err.println(
          "quorate: not closed within " + STOP_TIMEOUT_MILLIS + " ms; the log is safe regardless");
    }
  }
}
