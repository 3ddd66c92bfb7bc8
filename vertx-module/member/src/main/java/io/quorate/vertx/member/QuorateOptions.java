package io.quorate.vertx.member;

import io.quorate.command.PeerUrl;
import io.quorate.command.Validation;
import io.quorate.vertx.client.HostPort;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.tls.TlsFiles;
import io.quorate.vertx.member.tls.TlsLimits;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Everything that can be configured about a member, with etcd's names and defaults.
 *
 * <p>Setters check nothing, so that they may be called in any order; {@link #validate()} does, and
 * the server calls it. A value that was not set follows the others: the data directory and the
 * initial cluster follow the name, the advertised URLs follow the ones listened on. Not
 * thread-safe; give the server its own {@linkplain #QuorateOptions(QuorateOptions) copy}.
 */
public final class QuorateOptions {
  /** The quota a member has if {@link #quotaBackendBytes} is 0: 2 GiB. */
  public static final long DEFAULT_QUOTA_BYTES = 2L << 30;

  public static final URI DEFAULT_CLIENT_URL = URI.create("http://127.0.0.1:2379");
  public static final URI DEFAULT_PEER_URL = URI.create("http://127.0.0.1:2380");

  private static final long MAX_ELECTION_TIMEOUT_MILLIS = 50_000;
  private static final int MIN_ELECTION_HEARTBEATS = 5;
  private static final long MAX_UNSIGNED_INT = 0xffff_ffffL;
  private static final int MAX_REQUEST_BYTES_LIMIT = 1 << 30;
  private static final Pattern IPV4 =
      Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?:\\.(?!$)|$)){4}");

  /** Whether a member founds its cluster or joins one that runs. */
  public enum ClusterState {
    NEW,
    EXISTING
  }

  /** How much is logged; {@code PANIC} and {@code FATAL} are accepted and mean {@code ERROR}. */
  public enum LogLevel {
    DEBUG,
    INFO,
    WARN,
    ERROR,
    PANIC,
    FATAL
  }

  /**
   * One line of text an event, or one JSON object with etcd's keys. {@code AUTO} is text if
   * standard error is a terminal.
   */
  public enum LogFormat {
    AUTO,
    TEXT,
    JSON
  }

  private String name = "default";
  private @Nullable Path dataDir;
  private @Nullable List<URI> listenClientUrls;
  private @Nullable List<URI> advertiseClientUrls;
  private List<URI> listenPeerUrls = List.of(DEFAULT_PEER_URL);
  private @Nullable List<URI> initialAdvertisePeerUrls;
  private @Nullable LinkedHashMap<String, List<URI>> initialCluster;
  private ClusterState initialClusterState = ClusterState.NEW;
  private String initialClusterToken = "etcd-cluster";
  private long heartbeatIntervalMillis = 100;
  private long electionTimeoutMillis = 1_000;
  private long snapshotCount = 10_000;
  private long snapshotCatchupEntries = 5_000;
  private long quotaBackendBytes;
  private int maxRequestBytes = 1_572_864;
  private int maxTxnOps = 128;
  private int maxLearners = 1;
  private boolean strictReconfigCheck = true;
  private boolean preVote = true;
  private long maxConcurrentStreams = MAX_UNSIGNED_INT;
  private long grpcKeepaliveMinTimeMillis = 5_000;
  private long grpcKeepaliveIntervalMillis = 7_200_000;
  private long grpcKeepaliveTimeoutMillis = 20_000;
  private long watchProgressNotifyIntervalMillis = 600_000;
  private TlsFiles clientTls = TlsFiles.NONE;
  private TlsFiles peerTls = TlsFiles.NONE;
  private TlsLimits tlsLimits = TlsLimits.DEFAULT;
  private LogLevel logLevel = LogLevel.INFO;
  private LogFormat logFormat = LogFormat.AUTO;

  public QuorateOptions() {}

  /** An independent copy. */
  public QuorateOptions(QuorateOptions other) {
    name = other.name;
    dataDir = other.dataDir;
    listenClientUrls = other.listenClientUrls;
    advertiseClientUrls = other.advertiseClientUrls;
    listenPeerUrls = other.listenPeerUrls;
    initialAdvertisePeerUrls = other.initialAdvertisePeerUrls;
    initialCluster =
        other.initialCluster == null ? null : new LinkedHashMap<>(other.initialCluster);
    initialClusterState = other.initialClusterState;
    initialClusterToken = other.initialClusterToken;
    heartbeatIntervalMillis = other.heartbeatIntervalMillis;
    electionTimeoutMillis = other.electionTimeoutMillis;
    snapshotCount = other.snapshotCount;
    snapshotCatchupEntries = other.snapshotCatchupEntries;
    quotaBackendBytes = other.quotaBackendBytes;
    maxRequestBytes = other.maxRequestBytes;
    maxTxnOps = other.maxTxnOps;
    maxLearners = other.maxLearners;
    strictReconfigCheck = other.strictReconfigCheck;
    preVote = other.preVote;
    maxConcurrentStreams = other.maxConcurrentStreams;
    grpcKeepaliveMinTimeMillis = other.grpcKeepaliveMinTimeMillis;
    grpcKeepaliveIntervalMillis = other.grpcKeepaliveIntervalMillis;
    grpcKeepaliveTimeoutMillis = other.grpcKeepaliveTimeoutMillis;
    watchProgressNotifyIntervalMillis = other.watchProgressNotifyIntervalMillis;
    clientTls = other.clientTls;
    peerTls = other.peerTls;
    tlsLimits = other.tlsLimits;
    logLevel = other.logLevel;
    logFormat = other.logFormat;
  }

  /** The member's name, its key in {@link #initialCluster()}. */
  public String name() {
    return name;
  }

  public QuorateOptions setName(String name) {
    this.name = name;
    return this;
  }

  /** Where the member keeps everything; {@code <name>.quorate} unless set. */
  public Path dataDir() {
    return dataDir != null ? dataDir : FileNames.path(name + ".quorate");
  }

  public QuorateOptions setDataDir(Path dataDir) {
    this.dataDir = dataDir;
    return this;
  }

  /** Where clients are served. */
  public List<URI> listenClientUrls() {
    return listenClientUrls != null ? listenClientUrls : List.of(DEFAULT_CLIENT_URL);
  }

  public QuorateOptions setListenClientUrls(List<URI> urls) {
    this.listenClientUrls = List.copyOf(urls);
    return this;
  }

  /** What the cluster tells clients about where this member is; the listened ones unless set. */
  public List<URI> advertiseClientUrls() {
    return advertiseClientUrls != null ? advertiseClientUrls : listenClientUrls();
  }

  public QuorateOptions setAdvertiseClientUrls(List<URI> urls) {
    this.advertiseClientUrls = List.copyOf(urls);
    return this;
  }

  /** Where the other members are heard. */
  public List<URI> listenPeerUrls() {
    return listenPeerUrls;
  }

  public QuorateOptions setListenPeerUrls(List<URI> urls) {
    this.listenPeerUrls = List.copyOf(urls);
    return this;
  }

  /** Where the other members find this one; the listened ones unless set. */
  public List<URI> initialAdvertisePeerUrls() {
    return initialAdvertisePeerUrls != null ? initialAdvertisePeerUrls : listenPeerUrls;
  }

  public QuorateOptions setInitialAdvertisePeerUrls(List<URI> urls) {
    this.initialAdvertisePeerUrls = List.copyOf(urls);
    return this;
  }

  /** Peer URLs by member name; this member alone unless set. The map is the caller's own. */
  public LinkedHashMap<String, List<URI>> initialCluster() {
    if (initialCluster != null) {
      return new LinkedHashMap<>(initialCluster);
    }
    LinkedHashMap<String, List<URI>> alone = new LinkedHashMap<>();
    alone.put(name, initialAdvertisePeerUrls());
    return alone;
  }

  public QuorateOptions setInitialCluster(Map<String, List<URI>> initialCluster) {
    LinkedHashMap<String, List<URI>> copy = new LinkedHashMap<>();
    initialCluster.forEach((member, urls) -> copy.put(member, List.copyOf(urls)));
    this.initialCluster = copy;
    return this;
  }

  public ClusterState initialClusterState() {
    return initialClusterState;
  }

  public QuorateOptions setInitialClusterState(ClusterState initialClusterState) {
    this.initialClusterState = initialClusterState;
    return this;
  }

  /**
   * Goes into the ids of cluster and members, so that two clusters never take each other for one.
   */
  public String initialClusterToken() {
    return initialClusterToken;
  }

  public QuorateOptions setInitialClusterToken(String initialClusterToken) {
    this.initialClusterToken = initialClusterToken;
    return this;
  }

  public long heartbeatIntervalMillis() {
    return heartbeatIntervalMillis;
  }

  public QuorateOptions setHeartbeatIntervalMillis(long heartbeatIntervalMillis) {
    this.heartbeatIntervalMillis = heartbeatIntervalMillis;
    return this;
  }

  /** At least five heartbeat intervals, at most 50 seconds. */
  public long electionTimeoutMillis() {
    return electionTimeoutMillis;
  }

  public QuorateOptions setElectionTimeoutMillis(long electionTimeoutMillis) {
    this.electionTimeoutMillis = electionTimeoutMillis;
    return this;
  }

  /** Log entries applied between two snapshots. */
  public long snapshotCount() {
    return snapshotCount;
  }

  public QuorateOptions setSnapshotCount(long snapshotCount) {
    this.snapshotCount = snapshotCount;
    return this;
  }

  /** Log entries kept below a snapshot, for followers that are a little behind. */
  public long snapshotCatchupEntries() {
    return snapshotCatchupEntries;
  }

  public QuorateOptions setSnapshotCatchupEntries(long snapshotCatchupEntries) {
    this.snapshotCatchupEntries = snapshotCatchupEntries;
    return this;
  }

  /** As configured: 0 means {@link #DEFAULT_QUOTA_BYTES}, a negative number no quota at all. */
  public long quotaBackendBytes() {
    return quotaBackendBytes;
  }

  public QuorateOptions setQuotaBackendBytes(long quotaBackendBytes) {
    this.quotaBackendBytes = quotaBackendBytes;
    return this;
  }

  /** The quota that holds; {@link Long#MAX_VALUE} if there is none. */
  public long effectiveQuotaBytes() {
    if (quotaBackendBytes == 0) {
      return DEFAULT_QUOTA_BYTES;
    }
    return quotaBackendBytes < 0 ? Long.MAX_VALUE : quotaBackendBytes;
  }

  public int maxRequestBytes() {
    return maxRequestBytes;
  }

  public QuorateOptions setMaxRequestBytes(int maxRequestBytes) {
    this.maxRequestBytes = maxRequestBytes;
    return this;
  }

  public int maxTxnOps() {
    return maxTxnOps;
  }

  public QuorateOptions setMaxTxnOps(int maxTxnOps) {
    this.maxTxnOps = maxTxnOps;
    return this;
  }

  public int maxLearners() {
    return maxLearners;
  }

  public QuorateOptions setMaxLearners(int maxLearners) {
    this.maxLearners = maxLearners;
    return this;
  }

  /** Whether a membership change that would endanger the quorum is refused. */
  public boolean strictReconfigCheck() {
    return strictReconfigCheck;
  }

  public QuorateOptions setStrictReconfigCheck(boolean strictReconfigCheck) {
    this.strictReconfigCheck = strictReconfigCheck;
    return this;
  }

  public boolean preVote() {
    return preVote;
  }

  public QuorateOptions setPreVote(boolean preVote) {
    this.preVote = preVote;
    return this;
  }

  /** HTTP/2 streams a client connection may have open at once; up to 2^32 - 1. */
  public long maxConcurrentStreams() {
    return maxConcurrentStreams;
  }

  public QuorateOptions setMaxConcurrentStreams(long maxConcurrentStreams) {
    this.maxConcurrentStreams = maxConcurrentStreams;
    return this;
  }

  /** Clients that ping more often than this are disconnected. */
  public long grpcKeepaliveMinTimeMillis() {
    return grpcKeepaliveMinTimeMillis;
  }

  public QuorateOptions setGrpcKeepaliveMinTimeMillis(long grpcKeepaliveMinTimeMillis) {
    this.grpcKeepaliveMinTimeMillis = grpcKeepaliveMinTimeMillis;
    return this;
  }

  /**
   * How long nothing may come from a gRPC client before the server pings it. 0 and less: it never
   * does (as etcd's help has it; etcd itself then falls back to two hours). Above 0 it is at least
   * a second, as with grpc-go.
   */
  public long grpcKeepaliveIntervalMillis() {
    return grpcKeepaliveIntervalMillis;
  }

  public QuorateOptions setGrpcKeepaliveIntervalMillis(long grpcKeepaliveIntervalMillis) {
    this.grpcKeepaliveIntervalMillis = grpcKeepaliveIntervalMillis;
    return this;
  }

  /**
   * How long nothing may come from a gRPC client that was pinged before its connection is closed. 0
   * and less: clients are not pinged.
   */
  public long grpcKeepaliveTimeoutMillis() {
    return grpcKeepaliveTimeoutMillis;
  }

  public QuorateOptions setGrpcKeepaliveTimeoutMillis(long grpcKeepaliveTimeoutMillis) {
    this.grpcKeepaliveTimeoutMillis = grpcKeepaliveTimeoutMillis;
    return this;
  }

  /** How often an idle watcher that asked for it hears of progress. */
  public long watchProgressNotifyIntervalMillis() {
    return watchProgressNotifyIntervalMillis;
  }

  public QuorateOptions setWatchProgressNotifyIntervalMillis(long intervalMillis) {
    this.watchProgressNotifyIntervalMillis = intervalMillis;
    return this;
  }

  /** What the client port shows and trusts, at the URLs that are {@code https}. */
  public TlsFiles clientTls() {
    return clientTls;
  }

  public QuorateOptions setClientTls(TlsFiles clientTls) {
    this.clientTls = clientTls;
    return this;
  }

  /**
   * What this member shows other members and trusts of them, if the peer URLs are {@code https}.
   */
  public TlsFiles peerTls() {
    return peerTls;
  }

  public QuorateOptions setPeerTls(TlsFiles peerTls) {
    this.peerTls = peerTls;
    return this;
  }

  /** Of clients and peers. */
  public TlsLimits tlsLimits() {
    return tlsLimits;
  }

  public QuorateOptions setTlsLimits(TlsLimits tlsLimits) {
    this.tlsLimits = tlsLimits;
    return this;
  }

  /** Whether members talk with each other by TLS. */
  boolean isPeerTls() {
    return isHttps(listenPeerUrls.get(0));
  }

  /** Whether any client is served by TLS. */
  boolean isClientTls() {
    return listenClientUrls().stream().anyMatch(QuorateOptions::isHttps);
  }

  static boolean isHttps(URI url) {
    return "https".equals(url.getScheme());
  }

  public LogLevel logLevel() {
    return logLevel;
  }

  public QuorateOptions setLogLevel(LogLevel logLevel) {
    this.logLevel = logLevel;
    return this;
  }

  public LogFormat logFormat() {
    return logFormat;
  }

  public QuorateOptions setLogFormat(LogFormat logFormat) {
    this.logFormat = logFormat;
    return this;
  }

  /**
   * Checks everything that can be checked without touching disk or network.
   *
   * @return this
   * @throws ConfigurationException naming the first flag that is wrong
   */
  public QuorateOptions validate() {
    validateName();
    validateListen("listen-client-urls", listenClientUrls());
    validateListen("listen-peer-urls", listenPeerUrls);
    validateApart();
    validateAdvertised();
    validateCluster();
    ServerTls.check(this);
    validateTimes();
    validateLimits();
    return this;
  }

  private void validateName() {
    check(!name.isBlank(), "name", name, "must not be empty; give the member a name");
    check(
        name.indexOf('=') < 0 && name.indexOf(',') < 0,
        "name",
        name,
        "must not contain '=' or ','; they separate the members of --initial-cluster");
    check(
        name.length() <= PeerUrl.MAX_LENGTH,
        "name",
        name,
        "is too long; give at most " + PeerUrl.MAX_LENGTH + " characters");
    check(
        dataDir != null || name.indexOf('/') < 0 && name.indexOf('\\') < 0,
        "name",
        name,
        "cannot name a directory; set --data-dir as well");
    try {
      Path unused = dataDir();
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(
          "name", name, e.getMessage() + ", or set --data-dir as well");
    }
    check(
        !initialClusterToken.isEmpty(),
        "initial-cluster-token",
        initialClusterToken,
        "must not be empty; leave it out for etcd-cluster");
  }

  private static void validateListen(String flag, List<URI> urls) {
    check(!urls.isEmpty(), flag, "", "must not be empty; give at least one URL");
    for (URI url : urls) {
      validateUrl(flag, url);
      String host = HostPort.required(url).host();
      check(
          host.equals("localhost") || isIp(host),
          flag,
          url,
          "must be an IP address or localhost, not a domain name");
    }
    check(new TreeSet<>(urls).size() == urls.size(), flag, join(urls), "names a URL twice");
    check(
        urls.stream().map(URI::getAuthority).distinct().count() == urls.size(),
        flag,
        join(urls),
        "has http and https at one address, which is not available; give each a port of its own");
  }

  private void validateApart() {
    List<URI> clients = listenClientUrls();
    for (int i = 0; i < clients.size(); i++) {
      URI url = clients.get(i);
      check(
          clients.subList(0, i).stream().noneMatch(other -> isOneSocket(url, other)),
          "listen-client-urls",
          join(clients),
          "names an address twice");
      check(
          listenPeerUrls.stream().noneMatch(peer -> isOneSocket(url, peer)),
          "listen-client-urls",
          url,
          "is one of --listen-peer-urls as well; give clients a port of their own");
    }
  }

  private static boolean isOneSocket(URI a, URI b) {
    int port = HostPort.required(a).port();
    return port != 0
        && port == HostPort.required(b).port()
        && (isWildcard(a) || isWildcard(b) || localHost(a).equals(localHost(b)));
  }

  private static String localHost(URI url) {
    String host = HostPort.required(url).host();
    return host.equals("localhost") ? "127.0.0.1" : host;
  }

  private void validateAdvertised() {
    check(
        listenClientUrls == null || advertiseClientUrls != null,
        "advertise-client-urls",
        "",
        "is required when --listen-client-urls is set; give the URLs under which clients reach this"
            + " member");
    advertiseClientUrls().forEach(url -> validateUrl("advertise-client-urls", url));
    checkCount("advertise-client-urls", advertiseClientUrls());
    checkCount("initial-advertise-peer-urls", initialAdvertisePeerUrls());
    for (URI url : initialAdvertisePeerUrls()) {
      validateUrl("initial-advertise-peer-urls", url);
      check(
          !isWildcard(url) && HostPort.required(url).port() != 0,
          "initial-advertise-peer-urls",
          url,
          "cannot be reached by the other members; give an address and a port of this host");
    }
  }

  private static void checkCount(String flag, List<URI> urls) {
    check(!urls.isEmpty(), flag, "", "must not be empty; give at least one URL");
    check(
        urls.size() <= Validation.MAX_MEMBER_URLS,
        flag,
        join(urls),
        "has too many URLs; give at most " + Validation.MAX_MEMBER_URLS);
  }

  private void validateCluster() {
    Map<String, List<URI>> cluster = initialCluster();
    Map<String, String> owners = new LinkedHashMap<>();
    cluster.forEach(
        (member, urls) -> {
          check(
              !member.isBlank() && !urls.isEmpty(),
              "initial-cluster",
              describe(cluster),
              "has a member without a name or without URLs; write name=url,name=url");
          for (URI url : urls) {
            validateUrl("initial-cluster", url);
            String other = owners.putIfAbsent(canonical(url), member);
            check(
                other == null,
                "initial-cluster",
                describe(cluster),
                "has " + url + " twice (" + other + ", " + member + "); each needs its own");
          }
        });
    List<URI> own = cluster.get(name);
    if (own == null) {
      throw new ConfigurationException(
          "initial-cluster",
          describe(cluster),
          "does not name this member, '" + name + "'; add it, or set --name to one that is there");
    }
    check(
        canonical(own).equals(canonical(initialAdvertisePeerUrls())),
        "initial-cluster",
        describe(cluster),
        "says that '"
            + name
            + "' is at "
            + join(own)
            + ", but --initial-advertise-peer-urls says "
            + join(initialAdvertisePeerUrls())
            + "; make them equal");
  }

  private void validateTimes() {
    check(
        heartbeatIntervalMillis > 0,
        "heartbeat-interval",
        heartbeatIntervalMillis,
        "must be positive (milliseconds)");
    check(
        electionTimeoutMillis > 0,
        "election-timeout",
        electionTimeoutMillis,
        "must be positive (milliseconds)");
    check(
        electionTimeoutMillis <= MAX_ELECTION_TIMEOUT_MILLIS,
        "election-timeout",
        electionTimeoutMillis,
        "is too long; set " + MAX_ELECTION_TIMEOUT_MILLIS + " ms or less");
    check(
        heartbeatIntervalMillis <= electionTimeoutMillis / MIN_ELECTION_HEARTBEATS,
        "election-timeout",
        electionTimeoutMillis,
        "must be at least "
            + MIN_ELECTION_HEARTBEATS
            + " times --heartbeat-interval ("
            + heartbeatIntervalMillis
            + " ms); raise the one or lower the other");
    check(
        grpcKeepaliveMinTimeMillis >= 0,
        "grpc-keepalive-min-time",
        grpcKeepaliveMinTimeMillis + "ms",
        "must not be negative");
    check(
        watchProgressNotifyIntervalMillis >= 100,
        "watch-progress-notify-interval",
        watchProgressNotifyIntervalMillis + "ms",
        "must be at least 100ms");
  }

  private void validateLimits() {
    check(snapshotCount > 0, "snapshot-count", snapshotCount, "must be at least 1 (entries)");
    check(
        snapshotCatchupEntries >= 0,
        "snapshot-catchup-entries",
        snapshotCatchupEntries,
        "must not be negative (entries)");
    check(
        maxRequestBytes > 0 && maxRequestBytes <= MAX_REQUEST_BYTES_LIMIT,
        "max-request-bytes",
        maxRequestBytes,
        "must be between 1 and " + MAX_REQUEST_BYTES_LIMIT + " bytes");
    check(maxTxnOps > 0, "max-txn-ops", maxTxnOps, "must be at least 1 (operations)");
    check(maxLearners > 0, "max-learners", maxLearners, "must be at least 1 (members)");
    check(
        maxConcurrentStreams > 0 && maxConcurrentStreams <= MAX_UNSIGNED_INT,
        "max-concurrent-streams",
        maxConcurrentStreams,
        "must be between 1 and " + MAX_UNSIGNED_INT + " (streams)");
  }

  private static void validateUrl(String flag, URI url) {
    String scheme = url.getScheme() == null ? "" : url.getScheme();
    check(
        !scheme.equals("unix") && !scheme.equals("unixs"),
        flag,
        url,
        "Unix sockets are not available; use http://host:port or https://host:port");
    check(
        scheme.equals("http") || scheme.equals("https"),
        flag,
        url,
        "must be of the form http://host:port or https://host:port");
    HostPort hostPort = HostPort.of(url);
    check(
        url.toString().length() <= PeerUrl.MAX_LENGTH,
        flag,
        url,
        "is too long; give at most " + PeerUrl.MAX_LENGTH + " characters");
    check(
        hostPort != null
            && hostPort.port() >= 0
            && hostPort.port() <= 65_535
            && (url.getRawPath() == null || url.getRawPath().isEmpty())
            && url.getRawQuery() == null
            && url.getRawFragment() == null
            && url.getRawUserInfo() == null,
        flag,
        url,
        "must be of the form http://host:port, without a path");
  }

  /** Literal addresses only: nothing is looked up. */
  private static boolean isIp(String host) {
    return IPV4.matcher(host).matches() || host.startsWith("[") && host.endsWith("]");
  }

  private static boolean isWildcard(URI url) {
    String host = HostPort.required(url).host();
    return host.equals("0.0.0.0") || host.equals("[::]");
  }

  private static TreeSet<String> canonical(Collection<URI> urls) {
    TreeSet<String> result = new TreeSet<>();
    urls.forEach(url -> result.add(canonical(url)));
    return result;
  }

  private static String canonical(URI url) {
    return url.getScheme() + "://" + localHost(url) + ":" + HostPort.required(url).port();
  }

  private static String describe(Map<String, List<URI>> cluster) {
    List<String> parts = new ArrayList<>();
    cluster.forEach((member, urls) -> urls.forEach(url -> parts.add(member + "=" + url)));
    return String.join(",", parts);
  }

  private static String join(List<URI> urls) {
    return String.join(",", urls.stream().map(URI::toString).toList());
  }

  static void check(boolean ok, String flag, Object value, String advice) {
    if (!ok) {
      throw new ConfigurationException(flag, value, advice);
    }
  }
}
