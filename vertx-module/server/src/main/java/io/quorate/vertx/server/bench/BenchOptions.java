package io.quorate.vertx.server.bench;

import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.server.tls.ClientTls;
import io.vertx.core.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The options of {@code quorate bench}, set by the command line parser. */
@Command(
    name = "quorate bench",
    sortOptions = false,
    mixinStandardHelpOptions = false,
    description = "Loads a cluster that speaks etcd v3 and prints rates and latencies.")
final class BenchOptions {
  /** The kind of request that is repeated. */
  enum Shape {
    PUT,
    RANGE,
    TXN_PUT,
    TXN_MIXED,
    WATCH,
    WATCH_LATENCY,
    LEASE_KEEPALIVE;

    String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  @Parameters(
      index = "0",
      paramLabel = "<shape>",
      description = "put, range, txn-put, txn-mixed, watch, watch-latency or lease-keepalive.")
  String shapeText = "";

  @Parameters(
      index = "1..*",
      arity = "0..2",
      paramLabel = "<key>",
      description =
          "range and txn-mixed: the key, and the end of the range; random keys if absent.")
  List<String> keyAndEnd = new ArrayList<>();

  @Option(
      names = "--endpoints",
      split = ",",
      description = "Where to connect, in turn (default: 127.0.0.1:2379).")
  List<String> endpoints = List.of("127.0.0.1:2379");

  @Mixin ClientTls tls = new ClientTls();

  @Option(names = "--conns", description = "HTTP/2 connections (default: ${DEFAULT-VALUE}).")
  int conns = 1;

  @Option(
      names = "--clients",
      description = "Requests under way at once, at most (default: ${DEFAULT-VALUE}).")
  int clients = 1;

  @Option(names = "--total", description = "Requests to measure (default: 10000, or --seconds).")
  long total;

  @Option(names = "--seconds", description = "How long to measure, instead of --total.")
  double seconds;

  @Option(
      names = "--rate",
      description =
          "Requests a second at fixed times, latency counted from the time due; 0 for as fast as"
              + " answers come (default: 0).")
  double rate;

  @Option(names = "--warm-up", description = "Seconds before measuring (default: 0).")
  double warmUpSeconds;

  @Option(
      names = "--timeout",
      description = "Seconds an answer may take (default: ${DEFAULT-VALUE}).")
  double timeoutSeconds = 10;

  @Option(names = "--key-size", description = "Bytes (default: ${DEFAULT-VALUE}).")
  int keySize = 8;

  @Option(names = "--val-size", description = "Bytes (default: ${DEFAULT-VALUE}).")
  int valSize = 256;

  @Option(names = "--key-space-size", description = "Different keys (default: ${DEFAULT-VALUE}).")
  long keySpaceSize = 10_000;

  @Option(names = "--sequential-keys", description = "Go through the keys in order.")
  boolean sequentialKeys;

  @Option(names = "--seed", description = "Of keys and values (default: ${DEFAULT-VALUE}).")
  long seed = 1;

  @Option(
      names = "--consistency",
      description = "Reads: l for linearizable, s for serializable (default: ${DEFAULT-VALUE}).")
  String consistency = "l";

  @Option(names = "--limit", description = "Most keys a range returns; 0 for all (default: 0).")
  long limit;

  @Option(names = "--prefix", description = "range: all keys that begin with <key>.")
  boolean prefix;

  @Option(names = "--keys-only", description = "range: no values.")
  boolean keysOnly;

  @Option(names = "--count-only", description = "range: nothing but the count.")
  boolean countOnly;

  @Option(names = "--txn-ops", description = "txn-put: puts each (default: ${DEFAULT-VALUE}).")
  int txnOps = 1;

  @Option(
      names = "--rw-ratio",
      description = "txn-mixed: reads for each write (default: ${DEFAULT-VALUE}).")
  double readWriteRatio = 1;

  @Option(names = "--streams", description = "watch: streams (default: ${DEFAULT-VALUE}).")
  int streams = 1;

  @Option(
      names = "--watch-per-stream",
      description = "watch: watchers a stream (default: ${DEFAULT-VALUE}).")
  int watchPerStream = 1;

  @Option(
      names = "--watched-key-total",
      description = "watch: keys watched, and put to, in turn (default: ${DEFAULT-VALUE}).")
  int watchedKeyTotal = 1;

  @Option(names = "--prevkv", description = "watch: ask for the previous value too.")
  boolean prevKv;

  @Option(
      names = "--leases",
      description = "lease-keepalive: leases; each client renews its own (default: --clients).")
  int leases;

  @Option(
      names = "--lease-ttl",
      description = "lease-keepalive: seconds (default: ${DEFAULT-VALUE}).")
  long leaseTtlSeconds = 600;

  @Option(names = "--threads", description = "Event loops; 0 for one a core, two at most.")
  int threads;

  @Option(names = "--json", description = "The summary as one JSON object.")
  boolean json;

  @Option(names = "--quiet", description = "No progress lines.")
  boolean quiet;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "This text.")
  boolean help;

  Shape shape() {
    for (Shape shape : Shape.values()) {
      if (shape.text().equals(shapeText)) {
        return shape;
      }
    }
    throw new ConfigurationException(
        "'"
            + shapeText
            + "' is not a shape; choose put, range, txn-put, txn-mixed, watch, watch-latency or"
            + " lease-keepalive");
  }

  boolean isSerializable() {
    return consistency.equals("s");
  }

  /** Number of requests to measure, or {@link Long#MAX_VALUE} if the run is bounded by time. */
  long totalOrUnbounded() {
    if (seconds > 0) {
      return Long.MAX_VALUE;
    }
    return total > 0 ? total : 10_000;
  }

  int eventLoops() {
    if (threads > 0) {
      return threads;
    }
    return Math.max(1, Math.min(2, Runtime.getRuntime().availableProcessors()));
  }

  int leaseCount() {
    return leases > 0 ? leases : clients;
  }

  long timeoutNanos() {
    return (long) (timeoutSeconds * 1e9);
  }

  /** Where to connect, by which way. */
  record Endpoint(SocketAddress address, boolean isSecure) {}

  List<Endpoint> endpointList() {
    return endpoints.stream().map(endpoint -> endpoint(endpoint.strip())).toList();
  }

  /** Like etcdctl, TLS is used for https, and without a scheme if there is a file for it. */
  private Endpoint endpoint(String endpoint) {
    boolean https = endpoint.startsWith("https://");
    boolean http = endpoint.startsWith("http://");
    String text = endpoint.substring(https ? 8 : http ? 7 : 0);
    int colon = text.lastIndexOf(':');
    try {
      if (colon > 0 && text.indexOf('/') < 0) {
        String host = text.substring(0, colon).replace("[", "").replace("]", "");
        int port = Integer.parseInt(text.substring(colon + 1));
        boolean secure = https || !http && tls.isForEndpointsWithoutScheme();
        return new Endpoint(SocketAddress.inetSocketAddress(port, host), secure);
      }
    } catch (IllegalArgumentException e) {
      // Reported below, together with endpoints without a port.
    }
    throw new ConfigurationException(
        "endpoints", endpoint, "must be host:port, http://host:port or https://host:port");
  }

  /**
   * @throws ConfigurationException naming the first option that is wrong
   */
  void validate() {
    Shape shape = shape();
    endpointList();
    tls.validate();
    check(conns > 0, "conns", conns, "must be positive");
    check(clients > 0, "clients", clients, "must be positive");
    check(total >= 0, "total", total, "must not be negative");
    check(total == 0 || seconds == 0, "seconds", seconds, "cannot be combined with --total");
    check(seconds >= 0 && seconds <= 1e6, "seconds", seconds, "must be between 0 and a million");
    check(
        warmUpSeconds >= 0 && warmUpSeconds <= 1e6,
        "warm-up",
        warmUpSeconds,
        "must be between 0 and a million seconds");
    check(rate >= 0 && rate <= 1e7, "rate", rate, "must be between 0 and ten million a second");
    check(
        timeoutSeconds > 0 && timeoutSeconds <= 100,
        "timeout",
        timeoutSeconds,
        "must be above 0 and at most 100 seconds");
    check(keySize > 0 && keySize <= 1 << 20, "key-size", keySize, "must be between 1 and a MiB");
    check(valSize >= 0 && valSize <= 1 << 30, "val-size", valSize, "must be between 0 and a GiB");
    check(
        keySpaceSize > 0 && (keySize >= 12 || keySpaceSize <= Math.pow(36, keySize)),
        "key-space-size",
        keySpaceSize,
        "must be positive, and no more than keys of " + keySize + " bytes can tell apart");
    check(
        consistency.equals("l") || consistency.equals("s"),
        "consistency",
        consistency,
        "must be l or s");
    check(limit >= 0, "limit", limit, "must not be negative");
    check(txnOps > 0, "txn-ops", txnOps, "must be positive");
    check(readWriteRatio >= 0, "rw-ratio", readWriteRatio, "must not be negative");
    check(streams > 0, "streams", streams, "must be positive");
    check(watchPerStream > 0, "watch-per-stream", watchPerStream, "must be positive");
    check(
        watchedKeyTotal > 0 && watchedKeyTotal <= keySpaceSize,
        "watched-key-total",
        watchedKeyTotal,
        "must be between 1 and --key-space-size");
    check(leases >= 0, "leases", leases, "must not be negative");
    check(leaseTtlSeconds > 0, "lease-ttl", leaseTtlSeconds, "must be positive");
    check(threads >= 0 && threads <= 1024, "threads", threads, "must be between 0 and 1024");
    check(
        keyAndEnd.isEmpty() || shape == Shape.RANGE || shape == Shape.TXN_MIXED,
        "shape",
        shape.text(),
        "takes no key");
    check(
        !prefix || keyAndEnd.size() == 1, "prefix", prefix, "needs a key, and no end of the range");
  }

  private static void check(boolean ok, String option, Object value, String advice) {
    if (!ok) {
      throw new ConfigurationException(option, value, advice);
    }
  }
}
