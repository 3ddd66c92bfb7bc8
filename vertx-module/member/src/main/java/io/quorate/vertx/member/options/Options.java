package io.quorate.vertx.member.options;

import io.quorate.command.FeatureLevel;
import io.quorate.node.AutoCompaction;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.options.QuorateOptions.ClusterState;
import io.quorate.vertx.member.options.QuorateOptions.LogFormat;
import io.quorate.vertx.member.options.QuorateOptions.LogLevel;
import io.quorate.vertx.member.tls.TlsLimits;
import io.quorate.vertx.member.tls.TlsLimits.TlsVersion;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All options of a member, one row each, in the order in which {@code --help} lists them: name,
 * form, default, help, and the condition for the value alone. Conditions that concern several
 * options are in {@link OptionRules}.
 *
 * <p>To add an option, add a row; read it with {@link QuorateOptions#get}.
 */
public final class Options {
  private static final List<Option<?>> TABLE = new ArrayList<>();
  private static final long MAX_UNSIGNED_INT = 0xffff_ffffL;
  private static final int MAX_REQUEST_BYTES_LIMIT = 1 << 30;
  private static final long MAX_ELECTION_TIMEOUT_MILLIS = 50_000;
  private static final int MAX_VALIDITY_YEARS = 1_000;
  private static final String POSITIVE_MILLIS = "must be positive (milliseconds)";

  // ---- the member

  public static final Option<String> NAME =
      option("name", Format.TEXT, "default", "name of this member", OptionRules::checkName);

  /** Default: {@code <name>.quorate}. */
  public static final Option<Path> DATA_DIR =
      derived("data-dir", Format.PATH, "<name>.quorate", "where the member keeps its data", any());

  public static final Option<List<URI>> LISTEN_CLIENT_URLS =
      option(
          "listen-client-urls",
          Format.URLS,
          List.of(URI.create("http://127.0.0.1:2379")),
          "where clients are served: http, https, unix or unixs",
          UrlRules::checkListenedForClients);

  /** Default: none. */
  public static final Option<List<URI>> LISTEN_CLIENT_HTTP_URLS =
      derived(
          "listen-client-http-urls",
          Format.URLS,
          "",
          "where clients are served by HTTP only; --listen-client-urls are for gRPC only then",
          UrlRules::checkListenedForClients);

  /** Default: the client URLs listened on. Must be set if those are set, as in etcd. */
  public static final Option<List<URI>> ADVERTISE_CLIENT_URLS =
      derived(
          "advertise-client-urls",
          Format.URLS,
          "http://127.0.0.1:2379",
          "where clients are told to find this member",
          UrlRules::checkAdvertised);

  /** Default: none. */
  public static final Option<List<URI>> LISTEN_METRICS_URLS =
      derived(
          "listen-metrics-urls",
          Format.URLS,
          "",
          "where /health, /livez and /readyz are served as well, and nothing else",
          UrlRules::checkListenedForClients);

  public static final Option<List<URI>> LISTEN_PEER_URLS =
      option(
          "listen-peer-urls",
          Format.URLS,
          List.of(URI.create("http://127.0.0.1:2380")),
          "where the other members are heard",
          UrlRules::checkListenedForPeers);

  /** Default: the peer URLs listened on. */
  public static final Option<List<URI>> INITIAL_ADVERTISE_PEER_URLS =
      derived(
          "initial-advertise-peer-urls",
          Format.URLS,
          "the listened ones",
          "where the other members find this one",
          UrlRules::checkReachable);

  // ---- its cluster

  /** Default: this member alone. */
  public static final Option<Map<String, List<URI>>> INITIAL_CLUSTER =
      derived(
          "initial-cluster",
          Format.MEMBERS,
          "<name>=<initial-advertise-peer-urls>",
          "the founding members: name=url,name=url",
          UrlRules::checkCluster);

  public static final Option<ClusterState> INITIAL_CLUSTER_STATE =
      option(
          "initial-cluster-state",
          Format.oneOf(ClusterState.class, "must be new or existing"),
          ClusterState.NEW,
          "new, or existing for a member that joins a running cluster",
          any());

  public static final Option<String> INITIAL_CLUSTER_TOKEN =
      option(
          "initial-cluster-token",
          Format.TEXT,
          "etcd-cluster",
          "keeps clusters apart that were founded from the same URLs",
          (flag, value) ->
              OptionRules.check(
                  !value.isEmpty(),
                  flag,
                  value,
                  "must not be empty; leave it out for etcd-cluster"));

  public static final Option<Long> HEARTBEAT_INTERVAL =
      option(
          "heartbeat-interval",
          Format.number("milliseconds"),
          100L,
          "milliseconds between the leader's heartbeats",
          between(1, Long.MAX_VALUE, POSITIVE_MILLIS));

  public static final Option<Long> ELECTION_TIMEOUT =
      option(
          "election-timeout",
          Format.number("milliseconds"),
          1_000L,
          "milliseconds without a heartbeat until a follower stands for election",
          (flag, value) -> {
            OptionRules.check(value > 0, flag, value, POSITIVE_MILLIS);
            OptionRules.check(
                value <= MAX_ELECTION_TIMEOUT_MILLIS,
                flag,
                value,
                "is too long; set " + MAX_ELECTION_TIMEOUT_MILLIS + " ms or less");
          });

  public static final Option<Boolean> PRE_VOTE =
      option(
          "pre-vote",
          Format.BOOLEAN,
          true,
          "ask before standing, so that a returning member does not unseat the leader",
          any());

  public static final Option<Boolean> STRICT_RECONFIG_CHECK =
      option(
          "strict-reconfig-check",
          Format.BOOLEAN,
          true,
          "refuse membership changes that would lose the quorum",
          any());

  public static final Option<Integer> MAX_LEARNERS =
      option(
          "max-learners",
          Format.integer("members"),
          1,
          "learners at once",
          between(1, Integer.MAX_VALUE, "must be at least 1 (members)"));

  public static final Option<Integer> MAX_FEATURE_LEVEL =
      option(
          "max-feature-level",
          Format.integer("levels"),
          FeatureLevel.NEWEST,
          "highest feature level of the cluster; while it is lower than the newest, members can go"
              + " back to the older release",
          between(
              FeatureLevel.FIRST,
              FeatureLevel.NEWEST,
              "must be between " + FeatureLevel.FIRST + " and " + FeatureLevel.NEWEST));

  // ---- limits

  public static final Option<Long> SNAPSHOT_COUNT =
      option(
          "snapshot-count",
          Format.number("entries"),
          10_000L,
          "entries applied between two snapshots",
          between(1, Long.MAX_VALUE, "must be at least 1 (entries)"));

  public static final Option<Long> SNAPSHOT_CATCHUP_ENTRIES =
      option(
          "snapshot-catchup-entries",
          Format.number("entries"),
          5_000L,
          "entries kept for followers that are a little behind",
          between(0, Long.MAX_VALUE, "must not be negative (entries)"));

  public static final Option<Long> QUOTA_BACKEND_BYTES =
      option(
          "quota-backend-bytes",
          Format.number("bytes"),
          0L,
          "size at which writes are refused, of what compaction keeps; 0 is 2 GiB, negative is no"
              + " limit",
          any());

  /** With false, as in etcd, a NOSPACE alarm stays until somebody disarms it. */
  public static final Option<Boolean> QUOTA_AUTO_DISARM =
      option(
          "quota-auto-disarm",
          Format.BOOLEAN,
          true,
          "whether the NOSPACE alarm ends by itself once there is room again",
          any());

  public static final Option<AutoCompaction.Mode> AUTO_COMPACTION_MODE =
      option(
          "auto-compaction-mode",
          Format.oneOf(AutoCompaction.Mode.class, "must be periodic or revision"),
          AutoCompaction.Mode.PERIODIC,
          "whether --auto-compaction-retention is a time (periodic) or a number of revisions"
              + " (revision)",
          any());

  /** See {@link QuorateOptions#getAutoCompaction}. */
  public static final Option<String> AUTO_COMPACTION_RETENTION =
      option(
          "auto-compaction-retention",
          Format.TEXT,
          "0",
          "how much history is kept when the leader compacts by itself: hours, or a duration like"
              + " 30m, or revisions; 0: it does not",
          (flag, value) -> {
            try {
              OptionRules.check(
                  Retention.parse(value) >= 0, flag, value, "must not be negative; 0 turns it off");
            } catch (IllegalArgumentException e) {
              throw new ConfigurationException(flag, value, String.valueOf(e.getMessage()));
            }
          });

  /** In etcd it is off unless a feature gate is set. */
  public static final Option<Boolean> INITIAL_CORRUPT_CHECK =
      option(
          "initial-corrupt-check",
          Format.BOOLEAN,
          true,
          "compare hashes with the other members at the start, before clients are served",
          any());

  /** In etcd it is off unless it is set. */
  public static final Option<Long> CORRUPT_CHECK_TIME =
      option(
          "corrupt-check-time",
          Format.MILLIS,
          3_600_000L,
          "how often the leader compares hashes of all that the members hold; 0: never",
          atLeastMillis(0, "must not be negative; 0 turns it off"));

  /** In etcd it is off unless a feature gate is set. */
  public static final Option<Long> COMPACT_HASH_CHECK_TIME =
      option(
          "compact-hash-check-time",
          Format.MILLIS,
          60_000L,
          "how often the leader compares the hashes that compactions leave; 0: never",
          atLeastMillis(0, "must not be negative; 0 turns it off"));

  public static final Option<Integer> MAX_REQUEST_BYTES =
      option(
          "max-request-bytes",
          Format.integer("bytes"),
          1_572_864,
          "largest request",
          between(
              1,
              MAX_REQUEST_BYTES_LIMIT,
              "must be between 1 and " + MAX_REQUEST_BYTES_LIMIT + " bytes"));

  public static final Option<Integer> MAX_TXN_OPS =
      option(
          "max-txn-ops",
          Format.integer("operations"),
          128,
          "most operations in a transaction",
          between(1, Integer.MAX_VALUE, "must be at least 1 (operations)"));

  public static final Option<Long> MAX_CONCURRENT_STREAMS =
      option(
          "max-concurrent-streams",
          Format.number("streams"),
          MAX_UNSIGNED_INT,
          "most HTTP/2 streams at once a client connection",
          between(1, MAX_UNSIGNED_INT, "must be between 1 and " + MAX_UNSIGNED_INT + " (streams)"));

  public static final Option<Long> GRPC_KEEPALIVE_MIN_TIME =
      option(
          "grpc-keepalive-min-time",
          Format.MILLIS,
          5_000L,
          "clients that ping more often are disconnected",
          atLeastMillis(0, "must not be negative"));

  /**
   * With 0 or less, clients are never pinged (as etcd's help says; etcd itself then uses two
   * hours). Values between 0 and one second count as one second, as in grpc-go.
   */
  public static final Option<Long> GRPC_KEEPALIVE_INTERVAL =
      option(
          "grpc-keepalive-interval",
          Format.MILLIS,
          7_200_000L,
          "how long a client may be silent before it is pinged; 0: it never is",
          any());

  /** With 0 or less, clients are never pinged. */
  public static final Option<Long> GRPC_KEEPALIVE_TIMEOUT =
      option(
          "grpc-keepalive-timeout",
          Format.MILLIS,
          20_000L,
          "how long a pinged client may stay silent before it is disconnected",
          any());

  public static final Option<Long> WATCH_PROGRESS_NOTIFY_INTERVAL =
      option(
          "watch-progress-notify-interval",
          Format.MILLIS,
          600_000L,
          "how often idle watchers that asked for it hear of progress",
          atLeastMillis(100, "must be at least 100ms"));

  // ---- who may do what

  public static final Option<String> AUTH_TOKEN =
      option(
          "auth-token",
          Format.TEXT,
          AuthTokens.SIMPLE,
          "simple, or jwt with its options: jwt,pub-key=FILE,priv-key=FILE,sign-method=RS256,ttl=5m",
          AuthTokens::check);

  public static final Option<Integer> AUTH_TOKEN_TTL =
      option(
          "auth-token-ttl",
          Format.integer("seconds"),
          300,
          "how long a simple token is valid after it was used last",
          between(1, Integer.MAX_VALUE, "must be at least 1 (seconds)"));

  public static final Option<Integer> BCRYPT_COST =
      option(
          "bcrypt-cost",
          Format.integer("doublings"),
          10,
          "how expensive it is to try a password; each one doubles it",
          between(4, 31, "must be between 4 and 31"));

  public static final Option<List<String>> CORS =
      option(
          "cors",
          Format.NAMES,
          List.of("*"),
          "origins whose pages may read answers of the HTTP endpoints; * is all",
          any());

  public static final Option<List<String>> HOST_WHITELIST =
      option(
          "host-whitelist",
          Format.NAMES,
          List.of("*"),
          "host names by which HTTP without TLS may be used; * is all",
          any());

  public static final Option<FeatureGates> FEATURE_GATES =
      option(
          "feature-gates",
          Format.FEATURE_GATES,
          FeatureGates.DEFAULT,
          "etcd's gates, name=true,name=false; the log names those without effect here",
          any());

  // ---- the log

  public static final Option<LogLevel> LOG_LEVEL =
      option(
          "log-level",
          Format.oneOf(LogLevel.class, "must be debug, info, warn, error, panic or fatal"),
          LogLevel.INFO,
          "debug, info, warn, error, panic or fatal",
          any());

  public static final Option<LogFormat> LOG_FORMAT =
      option(
          "log-format",
          Format.LOG_FORMAT,
          LogFormat.AUTO,
          "json with etcd's keys, text (or console), or auto: text if standard error is a terminal,"
              + " else json; one line an event either way",
          any());

  /** {@code default} is standard error. */
  public static final Option<List<String>> LOG_OUTPUTS =
      option(
          "log-outputs",
          Format.NAMES,
          List.of("default"),
          "default (standard error), stderr, stdout or files, which are appended to",
          (flag, outputs) -> {
            OptionRules.check(!outputs.isEmpty(), flag, "", "must not be empty; leave it out");
            OptionRules.check(
                outputs.size() == 1 || !outputs.contains("default"),
                flag,
                String.join(",", outputs),
                "has default and others; write stderr for it");
            OptionRules.check(
                !outputs.contains("systemd/journal"),
                flag,
                String.join(",", outputs),
                "cannot write to the journal's socket; systemd takes standard error into it");
          });

  // ---- TLS

  public static final Option<Path> CERT_FILE =
      file("cert-file", "certificate for clients, PEM, with its chain; for https URLs");
  public static final Option<Path> KEY_FILE = file("key-file", "its private key, PEM");
  public static final Option<Path> TRUSTED_CA_FILE =
      file("trusted-ca-file", "whose certificates clients must show; set, they must");
  public static final Option<Boolean> CLIENT_CERT_AUTH =
      option(
          "client-cert-auth",
          Format.BOOLEAN,
          false,
          "clients must show a certificate; needs --trusted-ca-file, which does as much",
          any());
  public static final Option<Path> CLIENT_CRL_FILE =
      file(
          "client-crl-file",
          "revocation list, DER or PEM: clients with a certificate in it are refused");

  public static final Option<List<String>> CLIENT_CERT_ALLOWED_HOSTNAME =
      names(
          "client-cert-allowed-hostname",
          "host names, one of which a client's certificate must be valid for");

  public static final Option<Boolean> AUTO_TLS =
      option(
          "auto-tls",
          Format.BOOLEAN,
          false,
          "https for clients with a certificate made at the start, if there is no --cert-file",
          any());
  public static final Option<Path> PEER_CERT_FILE =
      file("peer-cert-file", "certificate for the other members, PEM; for https peer URLs");
  public static final Option<Path> PEER_KEY_FILE = file("peer-key-file", "its private key, PEM");
  public static final Option<Path> PEER_TRUSTED_CA_FILE =
      file(
          "peer-trusted-ca-file",
          "whose certificates members must show each other; without it, any process can be one");
  public static final Option<Boolean> PEER_CLIENT_CERT_AUTH =
      option(
          "peer-client-cert-auth",
          Format.BOOLEAN,
          false,
          "members must show each other certificates; needs --peer-trusted-ca-file, which does as"
              + " much",
          any());

  public static final Option<Path> PEER_CLIENT_CERT_FILE =
      file("peer-client-cert-file", "another certificate for connections to other members");

  public static final Option<Path> PEER_CLIENT_KEY_FILE =
      file("peer-client-key-file", "its private key, PEM");
  public static final Option<Path> PEER_CRL_FILE =
      file(
          "peer-crl-file",
          "revocation list, DER or PEM: members with a certificate in it are refused");

  public static final Option<List<String>> PEER_CERT_ALLOWED_CN =
      names("peer-cert-allowed-cn", "common names, one of which a member's certificate must have");

  public static final Option<List<String>> PEER_CERT_ALLOWED_HOSTNAME =
      names(
          "peer-cert-allowed-hostname",
          "host names, one of which a member's certificate must be valid for");

  public static final Option<Boolean> PEER_AUTO_TLS =
      option(
          "peer-auto-tls",
          Format.BOOLEAN,
          false,
          "https between members with certificates made at the start; any process can be a member",
          any());

  public static final Option<Integer> SELF_SIGNED_CERT_VALIDITY =
      option(
          "self-signed-cert-validity",
          Format.integer("years"),
          1,
          "years for which certificates made at the start are valid",
          between(1, MAX_VALIDITY_YEARS, "must be between 1 and " + MAX_VALIDITY_YEARS + " years"));

  public static final Option<TlsVersion> TLS_MIN_VERSION =
      option(
          "tls-min-version",
          Format.TLS_VERSION,
          TlsLimits.DEFAULT.min(),
          "TLS1.2 or TLS1.3",
          any());

  /** Default: the newest version that is supported. */
  public static final Option<TlsVersion> TLS_MAX_VERSION =
      derived(
          "tls-max-version",
          Format.TLS_VERSION,
          "",
          "TLS1.2 or TLS1.3; the newest unless set",
          any());

  public static final Option<List<String>> CIPHER_SUITES =
      option(
          "cipher-suites",
          Format.NAMES,
          List.of(),
          "for TLS1.2, by IANA names, separated by commas",
          any());

  private Options() {}

  /** All options. */
  public static List<Option<?>> all() {
    return Collections.unmodifiableList(TABLE);
  }

  private static <T> Option<T> option(
      String name, Format<T> format, T defaultValue, String help, Option.Bound<T> bound) {
    return add(new Option<>(name, format, defaultValue, format.show(defaultValue), help, bound));
  }

  /** An option whose default is derived from other options, or that has none. */
  private static <T> Option<T> derived(
      String name, Format<T> format, String shownDefault, String help, Option.Bound<T> bound) {
    @Nullable T none = null;
    return add(new Option<>(name, format, none, shownDefault, help, bound));
  }

  private static Option<List<String>> names(String name, String help) {
    return option(name, Format.NAMES, List.of(), help, any());
  }

  private static Option<Path> file(String name, String help) {
    return derived(name, Format.PATH, "", help, any());
  }

  private static <T> Option<T> add(Option<T> option) {
    TABLE.add(option);
    return option;
  }

  private static <T> Option.Bound<T> any() {
    return (flag, value) -> {};
  }

  private static <N extends Number> Option.Bound<N> between(
      long lowest, long highest, String advice) {
    return (flag, value) ->
        OptionRules.check(
            value.longValue() >= lowest && value.longValue() <= highest, flag, value, advice);
  }

  private static Option.Bound<Long> atLeastMillis(long lowest, String advice) {
    return (flag, value) -> OptionRules.check(value >= lowest, flag, value + "ms", advice);
  }
}
