package io.quorate.vertx.member.flags;

import static io.quorate.vertx.member.flags.Flag.Kind.BOOLEAN;
import static io.quorate.vertx.member.flags.Flag.Kind.DURATION;
import static io.quorate.vertx.member.flags.Flag.Kind.TEXT;

import io.quorate.vertx.member.FileNames;
import io.quorate.vertx.member.QuorateOptions;
import io.quorate.vertx.member.QuorateOptions.ClusterState;
import io.quorate.vertx.member.QuorateOptions.LogFormat;
import io.quorate.vertx.member.QuorateOptions.LogLevel;
import io.quorate.vertx.member.flags.Flag.Kind;
import io.quorate.vertx.member.flags.Flag.Support;
import io.quorate.vertx.member.tls.TlsLimits.TlsVersion;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** All flags, by etcd's names, in the order in which {@code --help} lists them. */
public final class Flags {
  public static final String CONFIG_FILE = "config-file";
  public static final String LOG_FORMAT = "log-format";

  /** etcd once prefixed these; scripts still do. */
  private static final String EXPERIMENTAL = "experimental-";

  private static final Map<String, Flag> ALL = table();

  private Flags() {}

  public static Collection<Flag> all() {
    return ALL.values();
  }

  /** The flag of that name, also under its former experimental one; null if there is none. */
  public static @Nullable Flag find(String name) {
    Flag flag = ALL.get(name);
    if (flag == null && name.startsWith(EXPERIMENTAL)) {
      return ALL.get(name.substring(EXPERIMENTAL.length()));
    }
    return flag;
  }

  /** The known name that takes the fewest edits to reach; null if none is near. */
  public static @Nullable String nearest(String name) {
    String best = null;
    int bestEdits = Math.max(2, name.length() / 3) + 1;
    for (String candidate : ALL.keySet()) {
      int edits = edits(name, candidate);
      if (edits < bestEdits) {
        bestEdits = edits;
        best = candidate;
      }
    }
    return best;
  }

  private static int edits(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, Math.min(above, row[j - 1]) + 1);
        diagonal = above;
      }
    }
    return row[b.length()];
  }

  private static Map<String, Flag> table() {
    Table table = new Table();
    member(table);
    cluster(table);
    limits(table);
    logging(table);
    tls(table);
    notYet(table);
    withoutEffect(table);
    return Collections.unmodifiableMap(table.flags);
  }

  private static void member(Table t) {
    t.used("name", "default", "name of this member", QuorateOptions::setName);
    t.used(
        "data-dir",
        "<name>.quorate",
        "where the member keeps its data",
        (o, v) -> o.setDataDir(path(v)));
    t.used(
        "listen-client-urls",
        "http://127.0.0.1:2379",
        "where clients are served",
        (o, v) -> o.setListenClientUrls(urls(v)));
    t.used(
        "advertise-client-urls",
        "http://127.0.0.1:2379",
        "where clients are told to find this member",
        (o, v) -> o.setAdvertiseClientUrls(urls(v)));
    t.used(
        "listen-peer-urls",
        "http://127.0.0.1:2380",
        "where the other members are heard",
        (o, v) -> o.setListenPeerUrls(urls(v)));
    t.used(
        "initial-advertise-peer-urls",
        "the listened ones",
        "where the other members find this one",
        (o, v) -> o.setInitialAdvertisePeerUrls(urls(v)));
    t.used(
        CONFIG_FILE,
        "",
        "YAML with flag names as keys; all other flags and variables are then ignored",
        (o, v) -> {});
  }

  private static void cluster(Table t) {
    t.used(
        "initial-cluster",
        "<name>=<initial-advertise-peer-urls>",
        "the founding members: name=url,name=url",
        (o, v) -> o.setInitialCluster(members(v)));
    t.used(
        "initial-cluster-state",
        "new",
        "new, or existing for a member that joins a running cluster",
        (o, v) ->
            o.setInitialClusterState(oneOf(ClusterState.class, v, "must be new or existing")));
    t.used(
        "initial-cluster-token",
        "etcd-cluster",
        "keeps clusters apart that were founded from the same URLs",
        QuorateOptions::setInitialClusterToken);
    t.used(
        "heartbeat-interval",
        "100",
        "milliseconds between the leader's heartbeats",
        (o, v) -> o.setHeartbeatIntervalMillis(number(v, "milliseconds")));
    t.used(
        "election-timeout",
        "1000",
        "milliseconds without a heartbeat until a follower stands for election",
        (o, v) -> o.setElectionTimeoutMillis(number(v, "milliseconds")));
    t.flag(
        "pre-vote",
        BOOLEAN,
        "true",
        "ask before standing, so that a returning member does not unseat the leader",
        (o, v) -> o.setPreVote(Boolean.parseBoolean(v)));
    t.flag(
        "strict-reconfig-check",
        BOOLEAN,
        "true",
        "refuse membership changes that would lose the quorum",
        (o, v) -> o.setStrictReconfigCheck(Boolean.parseBoolean(v)));
    t.used(
        "max-learners", "1", "learners at once", (o, v) -> o.setMaxLearners(integer(v, "members")));
  }

  private static void limits(Table t) {
    t.used(
        "snapshot-count",
        "10000",
        "entries applied between two snapshots",
        (o, v) -> o.setSnapshotCount(number(v, "entries")));
    t.used(
        "snapshot-catchup-entries",
        "5000",
        "entries kept for followers that are a little behind",
        (o, v) -> o.setSnapshotCatchupEntries(number(v, "entries")));
    t.used(
        "quota-backend-bytes",
        "0",
        "size at which writes are refused; 0 is 2 GiB, negative is no limit",
        (o, v) -> o.setQuotaBackendBytes(number(v, "bytes")));
    t.used(
        "max-request-bytes",
        "1572864",
        "largest request",
        (o, v) -> o.setMaxRequestBytes(integer(v, "bytes")));
    t.used(
        "max-txn-ops",
        "128",
        "most operations in a transaction",
        (o, v) -> o.setMaxTxnOps(integer(v, "operations")));
    t.used(
        "max-concurrent-streams",
        "4294967295",
        "most HTTP/2 streams at once a client connection",
        (o, v) -> o.setMaxConcurrentStreams(number(v, "streams")));
    t.flag(
        "grpc-keepalive-min-time",
        DURATION,
        "5s",
        "clients that ping more often are disconnected",
        (o, v) -> o.setGrpcKeepaliveMinTimeMillis(GoDuration.parseMillis(v)));
    t.flag(
        "grpc-keepalive-interval",
        DURATION,
        "2h",
        "how long a client may be silent before it is pinged; 0: it never is",
        (o, v) -> o.setGrpcKeepaliveIntervalMillis(GoDuration.parseMillis(v)));
    t.flag(
        "grpc-keepalive-timeout",
        DURATION,
        "20s",
        "how long a pinged client may stay silent before it is disconnected",
        (o, v) -> o.setGrpcKeepaliveTimeoutMillis(GoDuration.parseMillis(v)));
    t.flag(
        "watch-progress-notify-interval",
        DURATION,
        "10m",
        "how often idle watchers that asked for it hear of progress",
        (o, v) -> o.setWatchProgressNotifyIntervalMillis(GoDuration.parseMillis(v)));
  }

  private static void logging(Table t) {
    t.used(
        "log-level",
        "info",
        "debug, info, warn, error, panic or fatal",
        (o, v) ->
            o.setLogLevel(
                oneOf(LogLevel.class, v, "must be debug, info, warn, error, panic or fatal")));
    t.used(
        LOG_FORMAT,
        "auto",
        "json with etcd's keys, text (or console), or auto: text if standard error is a terminal,"
            + " else json; one line an event either way",
        (o, v) -> o.setLogFormat(logFormat(v)));
  }

  private static void tls(Table t) {
    t.used(
        "cert-file",
        "",
        "certificate for clients, PEM, with its chain; for https URLs",
        (o, v) -> o.setClientTls(o.clientTls().withCertFile(file(v))));
    t.used(
        "key-file",
        "",
        "its private key, PEM",
        (o, v) -> o.setClientTls(o.clientTls().withKeyFile(file(v))));
    t.used(
        "trusted-ca-file",
        "",
        "whose certificates clients must show; set, they must",
        (o, v) -> o.setClientTls(o.clientTls().withTrustedCaFile(file(v))));
    t.flag(
        "client-cert-auth",
        BOOLEAN,
        "false",
        "clients must show a certificate; needs --trusted-ca-file, which does as much",
        (o, v) -> o.setClientTls(o.clientTls().withClientCertAuth(Boolean.parseBoolean(v))));
    t.used(
        "peer-cert-file",
        "",
        "certificate for the other members, PEM; for https peer URLs",
        (o, v) -> o.setPeerTls(o.peerTls().withCertFile(file(v))));
    t.used(
        "peer-key-file",
        "",
        "its private key, PEM",
        (o, v) -> o.setPeerTls(o.peerTls().withKeyFile(file(v))));
    t.used(
        "peer-trusted-ca-file",
        "",
        "whose certificates members must show each other; for https peer URLs",
        (o, v) -> o.setPeerTls(o.peerTls().withTrustedCaFile(file(v))));
    t.flag(
        "peer-client-cert-auth",
        BOOLEAN,
        "false",
        "members must show each other certificates; with https peer URLs they always must",
        (o, v) -> o.setPeerTls(o.peerTls().withClientCertAuth(Boolean.parseBoolean(v))));
    t.used(
        "tls-min-version",
        "TLS1.2",
        "TLS1.2 or TLS1.3",
        (o, v) -> o.setTlsLimits(o.tlsLimits().withMin(version(v))));
    t.used(
        "tls-max-version",
        "",
        "TLS1.2 or TLS1.3; the newest unless set",
        (o, v) -> o.setTlsLimits(o.tlsLimits().withMax(v.isEmpty() ? null : version(v))));
    t.used(
        "cipher-suites",
        "",
        "for TLS1.2, by IANA names, separated by commas",
        (o, v) -> o.setTlsLimits(o.tlsLimits().withCipherSuites(names(v))));

    String lists = "is not available in this version; replace the authority instead";
    t.refused("client-crl-file", TEXT, "", lists);
    t.refused("peer-crl-file", TEXT, "", lists);
    String names =
        "names in certificates are not looked at; use an authority that signs for this purpose only";
    t.refused("client-cert-allowed-hostname", TEXT, "", names);
    t.refused("peer-cert-allowed-cn", TEXT, "", names);
    t.refused("peer-cert-allowed-hostname", TEXT, "", names);
    String automatic = "certificates are not made here; give files of your own";
    t.refused("auto-tls", BOOLEAN, "false", automatic);
    t.refused("peer-auto-tls", BOOLEAN, "false", automatic);
    String both = "a member shows the same certificate in both directions; leave it out";
    t.refused("peer-client-cert-file", TEXT, "", both);
    t.refused("peer-client-key-file", TEXT, "", both);
    String itself = "a member makes no connections to client ports";
    t.ignored("client-cert-file", TEXT, "", itself);
    t.ignored("client-key-file", TEXT, "", itself);
    t.ignored(
        "peer-skip-client-san-verification",
        BOOLEAN,
        "false",
        "names in certificates of members are not looked at");
    t.ignored("self-signed-cert-validity", TEXT, "1", "certificates are not made here");
  }

  private static void notYet(Table t) {
    t.refused(
        "auth-token",
        TEXT,
        "simple",
        "authentication is not available in this version; leave it out");
    t.refused(
        "auth-token-ttl",
        TEXT,
        "300",
        "authentication is not available in this version; leave it out");
    t.refused(
        "bcrypt-cost", TEXT, "10", "authentication is not available in this version; leave it out");
    t.refused(
        "auto-compaction-mode",
        TEXT,
        "periodic",
        "automatic compaction is not available; compact from a client");
    t.refused(
        "auto-compaction-retention",
        TEXT,
        "0",
        "automatic compaction is not available; leave it at 0 and compact from a client");
    String discovery = "discovery is not available; name the members with --initial-cluster";
    for (String name :
        List.of(
            "discovery",
            "discovery-proxy",
            "discovery-srv",
            "discovery-srv-name",
            "discovery-endpoints",
            "discovery-token",
            "discovery-cert",
            "discovery-key",
            "discovery-cacert",
            "discovery-user",
            "discovery-password")) {
      t.refused(name, TEXT, "", discovery);
    }
    t.refused(
        "listen-metrics-urls", TEXT, "", "metrics are not available in this version; leave it out");
    t.refused(
        "listen-client-http-urls",
        TEXT,
        "",
        "a listener for HTTP alone is not available; HTTP and gRPC share the client URLs");
    t.refused("wal-dir", TEXT, "", "a log directory of its own is not available; move --data-dir");
    t.refused(
        "force-new-cluster",
        BOOLEAN,
        "false",
        "is not available; found a new cluster and copy the keys over from a client");
    t.refused("cors", TEXT, "*", "origins cannot be restricted; put a proxy in front");
    t.refused("host-whitelist", TEXT, "*", "hosts cannot be restricted; put a proxy in front");
    t.refused(
        "corrupt-check-time",
        DURATION,
        "0s",
        "the periodic check is not available; leave it out and compare 'etcdctl endpoint hashkv"
            + " --cluster' by yourself");
    t.refused(
        "enable-log-rotation", BOOLEAN, "false", "logs go to standard error; rotate them there");
    t.refused(
        "enable-distributed-tracing", BOOLEAN, "false", "tracing is not available; leave it out");
    t.flag(
        "log-outputs",
        TEXT,
        "default",
        "default or stderr",
        (o, v) -> {
          if (!v.equals("default") && !v.equals("stderr")) {
            throw new IllegalArgumentException("logs go to standard error only; redirect it");
          }
        });
  }

  private static void withoutEffect(Table t) {
    String storage = "it tunes a storage engine that is not the one here";
    for (String name :
        List.of(
            "max-wals",
            "max-snapshots",
            "backend-batch-limit",
            "backend-bbolt-freelist-type",
            "compaction-batch-limit",
            "bootstrap-defrag-threshold-megabytes")) {
      t.ignored(name, TEXT, "", storage);
    }
    t.ignored("backend-batch-interval", DURATION, "", storage);
    t.ignored("compaction-sleep-interval", DURATION, "", storage);
    t.ignored("unsafe-no-fsync", BOOLEAN, "false", "the log is always synced");
    t.ignored("enable-grpc-gateway", BOOLEAN, "true", "there is no JSON gateway in this version");
    t.ignored("memory-mlock", BOOLEAN, "false", "memory is the JVM's to lock");
    t.ignored("feature-gates", TEXT, "", "there are no such gates here");
    t.ignored("initial-corrupt-check", BOOLEAN, "false", "every entry is checked as it is read");
    t.ignored("compact-hash-check-enabled", BOOLEAN, "false", "hashes are compared on request");
    t.ignored("compact-hash-check-time", DURATION, "1m", "hashes are compared on request");
    t.ignored("downgrade-check-time", DURATION, "5s", "there is one storage format");
    t.ignored("initial-election-tick-advance", BOOLEAN, "true", "the first election needs no help");
    t.ignored("warning-apply-duration", DURATION, "100ms", "it only concerns what is logged");
    t.ignored(
        "warning-unary-request-duration", DURATION, "300ms", "it only concerns what is logged");
    t.ignored("socket-reuse-port", BOOLEAN, "false", "ports are not shared");
    t.ignored("socket-reuse-address", BOOLEAN, "false", "addresses are reused where that is safe");
    t.ignored("raft-read-timeout", DURATION, "5s", "peers talk over the event bus");
    t.ignored("raft-write-timeout", DURATION, "5s", "peers talk over the event bus");
    t.ignored("discovery-fallback", TEXT, "", "there is no discovery");
    t.ignored("discovery-dial-timeout", DURATION, "2s", "there is no discovery");
    t.ignored("discovery-request-timeout", DURATION, "5s", "there is no discovery");
    t.ignored("discovery-keepalive-time", DURATION, "2s", "there is no discovery");
    t.ignored("discovery-keepalive-timeout", DURATION, "6s", "there is no discovery");
    t.ignored("discovery-insecure-transport", BOOLEAN, "true", "there is no discovery");
    t.ignored("discovery-insecure-skip-tls-verify", BOOLEAN, "false", "there is no discovery");
    t.ignored("metrics", TEXT, "basic", "metrics are not available in this version");
    t.ignored("enable-pprof", BOOLEAN, "false", "profile the JVM with its own tools");
    t.ignored("logger", TEXT, "zap", "there is one logger");
    t.ignored("log-rotation-config-json", TEXT, "", "logs go to standard error");
    t.ignored("v2-deprecation", TEXT, "", "there is no v2 store");
    for (String name : List.of("address", "service-name", "instance-id", "sampling-rate")) {
      t.ignored("distributed-tracing-" + name, TEXT, "", "there is no tracing");
    }
  }

  /** Collects the rows. */
  private static final class Table {
    final Map<String, Flag> flags = new LinkedHashMap<>();

    void used(
        String name, String defaultValue, String help, BiConsumer<QuorateOptions, String> effect) {
      flag(name, TEXT, defaultValue, help, effect);
    }

    void flag(
        String name,
        Kind kind,
        String defaultValue,
        String help,
        BiConsumer<QuorateOptions, String> effect) {
      add(new Flag(name, kind, defaultValue, Support.USED, help, effect, ""));
    }

    void ignored(String name, Kind kind, String defaultValue, String because) {
      add(new Flag(name, kind, defaultValue, Support.IGNORED, "", null, because));
    }

    void refused(String name, Kind kind, String defaultValue, String because) {
      add(new Flag(name, kind, defaultValue, Support.REFUSED, "", null, because));
    }

    private void add(Flag flag) {
      if (flags.put(flag.name(), flag) != null) {
        throw new IllegalStateException("two flags are called " + flag.name());
      }
    }
  }

  private static Path path(String value) {
    if (value.isBlank()) {
      throw new IllegalArgumentException("must not be empty; name a directory");
    }
    return FileNames.path(value);
  }

  /** Null for none. */
  private static @Nullable Path file(String value) {
    return value.isBlank() ? null : path(value);
  }

  private static TlsVersion version(String value) {
    TlsVersion version = TlsVersion.of(value);
    if (version == null) {
      throw new IllegalArgumentException("must be TLS1.2 or TLS1.3");
    }
    return version;
  }

  private static List<String> names(String value) {
    return value.isBlank() ? List.of() : List.of(value.strip().split("\\s*,\\s*", -1));
  }

  private static List<URI> urls(String value) {
    List<URI> urls = new ArrayList<>();
    for (String part : value.split(",", -1)) {
      urls.add(url(part.strip()));
    }
    return urls;
  }

  private static URI url(String text) {
    try {
      return URI.create(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("'" + text + "' is not a URL; write http://host:port", e);
    }
  }

  /** {@code name=url,name=url}; a name that comes again adds to its URLs. */
  private static Map<String, List<URI>> members(String value) {
    Map<String, List<URI>> members = new LinkedHashMap<>();
    for (String part : value.split(",", -1)) {
      int equals = part.indexOf('=');
      if (equals < 0) {
        throw new IllegalArgumentException(
            "'" + part + "' is not a member; write name=http://host:port,name=http://host:port");
      }
      members
          .computeIfAbsent(part.substring(0, equals).strip(), name -> new ArrayList<>())
          .add(url(part.substring(equals + 1).strip()));
    }
    return members;
  }

  /** {@code console} is etcd's word for text. */
  public static LogFormat logFormat(String value) {
    return value.equals("console")
        ? LogFormat.TEXT
        : oneOf(LogFormat.class, value, "must be json, text or auto");
  }

  /**
   * @param unit plural
   */
  private static long number(String value, String unit) {
    try {
      return Long.parseLong(value.strip());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("must be a whole number of " + unit + ", in digits", e);
    }
  }

  private static int integer(String value, String unit) {
    long number = number(value, unit);
    if (number != (int) number) {
      throw new IllegalArgumentException("must be between -2147483648 and 2147483647 " + unit);
    }
    return (int) number;
  }

  private static <E extends Enum<E>> E oneOf(Class<E> type, String value, String otherwise) {
    for (E constant : type.getEnumConstants()) {
      if (constant.name().toLowerCase(Locale.ROOT).equals(value)) {
        return constant;
      }
    }
    throw new IllegalArgumentException(otherwise);
  }
}
