package io.quorate.vertx.server.bench;

import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.tls.TlsMaterial;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.HdrHistogram.Histogram;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** {@code quorate bench}: one benchmark run, from arguments to exit code. */
public final class Bench {
  private static final int OK = 0;
  private static final int FAILED = 1;
  private static final int USAGE = 2;
  private static final long PROGRESS_MILLIS = 1_000;
  private static final long CLOSE_SECONDS = 5;

  private final BenchOptions options;
  private final PrintStream err;
  private final Vertx vertx;
  private final List<Connection> connections = new ArrayList<>();

  private Bench(BenchOptions options, PrintStream err) {
    this.options = options;
    this.err = err;
    this.vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(options.eventLoops())
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1)
                .setPreferNativeTransport(true));
  }

  /**
   * Runs on the calling thread until the measurement is complete.
   *
   * @return 0 if every request succeeded, 1 if any failed, 2 for a wrong command line
   * @throws ConfigurationException if an option has a wrong value
   */
  public static int run(String[] args, PrintStream out, PrintStream err) {
    BenchOptions options = new BenchOptions();
    CommandLine commandLine = new CommandLine(options);
    try {
      commandLine.parseArgs(args);
    } catch (ParameterException e) {
      err.println(
          "quorate bench: " + String.valueOf(e.getMessage()).replaceAll("\\s*\\R\\s*", " "));
      return USAGE;
    }
    if (options.help) {
      commandLine.usage(out);
      return OK;
    }
    options.validate();
    Bench bench = new Bench(options, err);
    try {
      return bench.report(bench.measure(), out);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      err.println("quorate bench: " + Connection.failed(cause).getMessage());
      return FAILED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return FAILED;
    } finally {
      bench.close();
    }
  }

  private List<Summary> measure() throws ExecutionException, InterruptedException {
    connect();
    return switch (options.shape()) {
      case PUT -> measureRequests(new SingleRequests(options, connections).put());
      case RANGE -> measureRequests(new SingleRequests(options, connections).range());
      case TXN_PUT -> measureRequests(new SingleRequests(options, connections).txnPut());
      case TXN_MIXED -> measureRequests(new SingleRequests(options, connections).txnMixed());
      case WATCH, WATCH_LATENCY -> measureWatch();
      case LEASE_KEEPALIVE -> measureRenewals();
    };
  }

  private void connect() {
    List<Context> loops = new ArrayList<>();
    for (int i = 0; i < options.eventLoops(); i++) {
      loops.add(((VertxInternal) vertx).createEventLoopContext());
    }
    List<BenchOptions.Endpoint> endpoints = options.endpointList();
    boolean anySecure = endpoints.stream().anyMatch(BenchOptions.Endpoint::isSecure);
    TlsMaterial tls = anySecure ? options.tls.load() : null;
    for (int i = 0; i < options.conns; i++) {
      BenchOptions.Endpoint endpoint = endpoints.get(i % endpoints.size());
      connections.add(
          new Connection(
              vertx,
              loops.get(i % loops.size()),
              endpoint.address(),
              endpoint.isSecure() ? tls : null,
              options.timeoutNanos()));
    }
  }

  private List<Summary> measureRequests(RequestSender sender)
      throws ExecutionException, InterruptedException {
    Load load = load(sender);
    run(load, load.tally());
    return List.of(Summary.of(options.shape().text(), load.measuredSeconds(), load.tally()));
  }

  private List<Summary> measureWatch() throws ExecutionException, InterruptedException {
    Watching watching = new Watching(vertx, options, connections);
    await(watching.open());
    Load[] self = new Load[1];
    Load load = load(watching.put(() -> self[0].isMeasuring()));
    self[0] = load;
    run(load, watching.events());
    await(watching.settle());
    return List.of(
        Summary.of("put", load.measuredSeconds(), load.tally()),
        Summary.of("event", watching.seconds(), watching.events()));
  }

  private List<Summary> measureRenewals() throws ExecutionException, InterruptedException {
    Renewing renewing = new Renewing(vertx, options, connections);
    await(renewing.grant());
    Load load = load(renewing.renew());
    run(load, load.tally());
    await(renewing.revoke());
    return List.of(Summary.of(options.shape().text(), load.measuredSeconds(), load.tally()));
  }

  private Load load(RequestSender sender) {
    return new Load(vertx, options, connections.stream().map(Connection::context).toList(), sender);
  }

  /** Runs the load and prints a line of progress each second. */
  private void run(Load load, Tally shown) throws ExecutionException, InterruptedException {
    long startNanos = System.nanoTime();
    var running = load.run().toCompletionStage().toCompletableFuture();
    while (true) {
      try {
        running.get(PROGRESS_MILLIS, TimeUnit.MILLISECONDS);
        return;
      } catch (TimeoutException e) {
        if (!options.quiet) {
          Tally tally = load.isMeasuring() ? shown : load.current();
          progress(System.nanoTime() - startNanos, load.isMeasuring(), tally);
        }
      }
    }
  }

  private void progress(long elapsedNanos, boolean measuring, Tally tally) {
    Histogram interval = tally.interval();
    boolean any = interval.getTotalCount() > 0;
    err.printf(
        Locale.ROOT,
        "%5d s%s %9d/s  p50 %.3f ms  p99 %.3f ms  %d failed%n",
        TimeUnit.NANOSECONDS.toSeconds(elapsedNanos),
        measuring ? "" : " (warm-up)",
        interval.getTotalCount(),
        any ? interval.getValueAtPercentile(50) / 1e3 : 0.0,
        any ? interval.getValueAtPercentile(99) / 1e3 : 0.0,
        tally.failures());
  }

  private int report(List<Summary> summaries, PrintStream out) {
    if (options.json) {
      JsonObject json = new JsonObject().put("shape", options.shape().text());
      summaries.forEach(summary -> json.put(summary.what(), summary.json()));
      out.println(json.encode());
    } else {
      summaries.forEach(summary -> out.print(summary.text()));
    }
    out.flush();
    boolean allWell =
        summaries.stream().allMatch(s -> s.failures() == 0)
            && summaries.stream().anyMatch(s -> s.succeeded() > 0);
    return allWell ? OK : FAILED;
  }

  private static <T> T await(Future<T> future) throws ExecutionException, InterruptedException {
    return future.toCompletionStage().toCompletableFuture().get();
  }

  private void close() {
    try {
      vertx.close().toCompletionStage().toCompletableFuture().get(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      err.println("quorate bench: connections were not closed cleanly: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
