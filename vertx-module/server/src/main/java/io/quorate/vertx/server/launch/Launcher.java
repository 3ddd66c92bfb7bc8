package io.quorate.vertx.server.launch;

import io.quorate.vertx.client.api.EtcdVersion;
import io.quorate.vertx.member.ClusterIds;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.fault.MemberRemovedException;
import io.quorate.vertx.member.options.Flag;
import io.quorate.vertx.member.options.Flags;
import io.quorate.vertx.member.options.Options;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.member.options.QuorateOptions.LogFormat;
import io.quorate.vertx.server.bench.Bench;
import io.quorate.vertx.server.snapshot.SnapshotCommand;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of the program from arguments to exit code; does not end the JVM.
 *
 * <p>{@link #run} blocks the calling thread while the member runs; {@link #stop} may be called from
 * any other thread, at any time.
 */
final class Launcher {
  static final int OK = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;

  private final MemberStarter starter;
  private final PrintStream out;
  private final PrintStream err;
  private LogFormat format;
  private volatile @Nullable Future<MemberStarter.Running> starting;

  /**
   * @param format format of the final line, until the flags set another one
   */
  Launcher(MemberStarter starter, PrintStream out, PrintStream err, LogFormat format) {
    this.starter = starter;
    this.out = out;
    this.err = err;
    this.format = format;
  }

  /**
   * Executes the command line.
   *
   * @return 0 after success, 1 after a failure or for a wrong value, 2 for a wrong command line
   */
  int run(String[] args, Map<String, String> environment) {
    try {
      if (args.length > 0 && args[0].equals("bench")) {
        return Bench.run(Arrays.copyOfRange(args, 1, args.length), out, err);
      }
      if (args.length > 0 && args[0].equals("snapshot")) {
        return SnapshotCommand.run(Arrays.copyOfRange(args, 1, args.length), out, err);
      }
      Arguments arguments = Arguments.parse(args);
      if (arguments.help()) {
        Help.print(out);
        return OK;
      }
      if (arguments.version()) {
        printVersion();
        return OK;
      }
      format = formatOr(format, arguments.flags(), environment);
      return serve(Configuration.resolve(arguments.flags(), environment));
    } catch (UsageException e) {
      return fail(USAGE, e);
    } catch (ConfigurationException e) {
      return fail(FAILED, e);
    }
  }

  /**
   * Closes the member, if there is one, and waits at most {@code timeoutMillis}.
   *
   * @return false if it was not closed by then
   */
  boolean stop(long timeoutMillis) {
    Future<MemberStarter.Running> started = starting;
    if (started == null) {
      return true;
    }
    try {
      started
          .compose(MemberStarter.Running::close)
          .toCompletionStage()
          .toCompletableFuture()
          .get(timeoutMillis, TimeUnit.MILLISECONDS);
      return true;
    } catch (ExecutionException e) {
      // It never started, or it failed: run() reports that.
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** The configured format, even if the configuration has an error; else {@code fallback}. */
  private static LogFormat formatOr(
      LogFormat fallback, Map<Flag, String> flags, Map<String, String> environment) {
    Flag flag = Flags.find(Options.LOG_FORMAT.name());
    if (flag == null) {
      throw new IllegalStateException("the table of flags has no --" + Options.LOG_FORMAT.name());
    }
    String given = Configuration.variable(flag, environment);
    try {
      LogFormat asked = Options.LOG_FORMAT.parse(flags.getOrDefault(flag, given));
      return asked == LogFormat.AUTO ? fallback : asked;
    } catch (IllegalArgumentException e) {
      return fallback;
    }
  }

  private int serve(Configuration configuration) {
    QuorateOptions options = configuration.options();
    format = options.getLogFormat() == LogFormat.AUTO ? format : options.getLogFormat();
    Logs.apply(options);
    Logger log = LoggerFactory.getLogger("member");
    for (Configuration.Note note : configuration.notes()) {
      if (note.isWarning()) {
        log.warn("{}", note.text());
      } else {
        log.info("{}", note.text());
      }
    }
    log.info(
        "Quorate {} starts: name={} member={} cluster={} data-dir={} clients={} peers={}",
        Versions.quorate(),
        options.getName(),
        Long.toHexString(ClusterIds.localMember(options)),
        Long.toHexString(ClusterIds.cluster(options)),
        options.getDataDir(),
        join(options.getListenClientUrls()),
        join(options.getListenPeerUrls()));
    try {
      Future<MemberStarter.Running> future = starter.start(options);
      starting = future;
      MemberStarter.Running member = await(future);
      await(member.termination());
      return OK;
    } catch (ExecutionException e) {
      Throwable cause = rootOf(e);
      log.debug("the member failed", cause);
      return fail(FAILED, cause);
    } catch (RuntimeException | Error e) {
      log.debug("the member failed", e);
      return fail(FAILED, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return fail(FAILED, e);
    }
  }

  private static <T> T await(Future<T> future) throws ExecutionException, InterruptedException {
    return future.toCompletionStage().toCompletableFuture().get();
  }

  private static Throwable rootOf(Throwable failure) {
    Throwable current = failure;
    while ((current instanceof ExecutionException || current instanceof CompletionException)
        && current.getCause() != null) {
      current = current.getCause();
    }
    return current;
  }

  private int fail(int code, Throwable failure) {
    String message = failure.getMessage();
    // Our own exceptions have complete messages; for others the class is added.
    boolean ours =
        failure instanceof ConfigurationException
            || failure instanceof UsageException
            || failure instanceof MemberRemovedException
            || failure instanceof IOException;
    String text =
        ours && message != null
            ? message
            : failure.getClass().getSimpleName() + (message == null ? "" : ": " + message);
    String line = text.replaceAll("\\s*\\R\\s*", " ");
    err.println(
        format == LogFormat.JSON
            ? JsonLine.of("fatal", Instant.now(), "Launcher", line)
            : "quorate: " + line);
    err.flush();
    return code;
  }

  private void printVersion() {
    out.println("etcd Version: " + EtcdVersion.SERVER);
    out.println("Quorate Version: " + Versions.quorate());
    out.println("Java Version: " + Runtime.version());
    out.println(
        "Java OS/Arch: " + System.getProperty("os.name") + "/" + System.getProperty("os.arch"));
    out.flush();
  }

  private static String join(List<URI> urls) {
    return String.join(",", urls.stream().map(URI::toString).toList());
  }
}
