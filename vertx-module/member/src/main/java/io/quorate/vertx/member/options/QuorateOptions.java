package io.quorate.vertx.member.options;

import io.quorate.node.AutoCompaction;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.tls.AllowedNames;
import io.quorate.vertx.member.tls.TlsFiles;
import io.quorate.vertx.member.tls.TlsLimits;
import java.net.URI;
import java.nio.file.Path;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a member: a value for each of the {@link Options}. An option that is not set
 * has its default, which may depend on others: the data directory and the initial cluster depend on
 * the name, the advertised URLs on the URLs listened on.
 *
 * <p>Setters refuse invalid values with a {@link ConfigurationException}; {@link #validate()}
 * checks that the values are consistent, and the server calls it. Not thread-safe; give the server
 * its own {@linkplain #QuorateOptions(QuorateOptions) copy}.
 */
public final class QuorateOptions {
  /** The quota if {@link Options#QUOTA_BACKEND_BYTES} is 0: 2 GiB. */
  public static final long DEFAULT_QUOTA_BYTES = 2L << 30;

  /** Whether a member founds a new cluster or joins a running one. */
  public enum ClusterState {
    NEW,
    EXISTING
  }

  /** The lowest level that is logged; {@code PANIC} and {@code FATAL} mean {@code ERROR}. */
  public enum LogLevel {
    DEBUG,
    INFO,
    WARN,
    ERROR,
    PANIC,
    FATAL
  }

  /**
   * {@code TEXT} is one line for each event, {@code JSON} one object with etcd's keys. {@code AUTO}
   * is text if standard error is a terminal.
   */
  public enum LogFormat {
    AUTO,
    TEXT,
    JSON
  }

  private final Map<Option<?>, Object> set = new IdentityHashMap<>();

  public QuorateOptions() {}

  /** An independent copy. */
  public QuorateOptions(QuorateOptions other) {
    set.putAll(other.set);
  }

  /**
   * The value that was set, else the default.
   *
   * @throws IllegalStateException if the default is derived from other options: then the getter of
   *     that name has to be used
   */
  public <T> T get(Option<T> option) {
    T value = getSet(option);
    if (value == null) {
      value = option.defaultValue();
    }
    if (value == null) {
      throw new IllegalStateException(option + " has no default of its own");
    }
    return value;
  }

  /** The value that was set, or null. */
  @SuppressWarnings("unchecked") // by set() alone, where the types agree
  private <T> @Nullable T getSet(Option<T> option) {
    return (T) set.get(option);
  }

  /**
   * Sets a value. Lists and maps are copied.
   *
   * @throws ConfigurationException naming the flag, if the value is invalid
   */
  @SuppressWarnings("unchecked") // a copy is what it is a copy of
  public <T> QuorateOptions set(Option<T> option, T value) {
    option.check(value);
    Object own = value;
    if (value instanceof List<?> list) {
      own = List.copyOf(list);
    } else if (value instanceof Map<?, ?> map) {
      own = copy((Map<String, List<URI>>) map);
    }
    set.put(option, own);
    return this;
  }

  /** Resets an option to its default. */
  public QuorateOptions unset(Option<?> option) {
    set.remove(option);
    return this;
  }

  private <T> QuorateOptions setOrUnset(Option<T> option, @Nullable T value) {
    return value == null ? unset(option) : set(option, value);
  }

  public boolean isSet(Option<?> option) {
    return set.containsKey(option);
  }

  private static LinkedHashMap<String, List<URI>> copy(Map<String, List<URI>> cluster) {
    LinkedHashMap<String, List<URI>> copy = new LinkedHashMap<>();
    cluster.forEach((member, urls) -> copy.put(member, List.copyOf(urls)));
    return copy;
  }

  /**
   * Checks that the values are consistent, without access to disk or network.
   *
   * @return this
   * @throws ConfigurationException naming the first flag that is wrong
   */
  public QuorateOptions validate() {
    OptionRules.check(this);
    return this;
  }

  // ---- named getters and setters

  /** The member's name, which is also its key in {@link #getInitialCluster()}. */
  public String getName() {
    return get(Options.NAME);
  }

  public QuorateOptions setName(String name) {
    return set(Options.NAME, name);
  }

  /** The directory of the member's data. Default: {@code <name>.quorate}. */
  public Path getDataDir() {
    Path dataDir = getSet(Options.DATA_DIR);
    return dataDir != null ? dataDir : FileNames.path(getName() + ".quorate");
  }

  public QuorateOptions setDataDir(Path dataDir) {
    return set(Options.DATA_DIR, dataDir);
  }

  /** The URLs on which clients are served. */
  public List<URI> getListenClientUrls() {
    return get(Options.LISTEN_CLIENT_URLS);
  }

  public QuorateOptions setListenClientUrls(List<URI> urls) {
    return set(Options.LISTEN_CLIENT_URLS, urls);
  }

  /** The client URLs that the cluster reports for this member. Default: the URLs listened on. */
  public List<URI> getAdvertiseClientUrls() {
    List<URI> urls = getSet(Options.ADVERTISE_CLIENT_URLS);
    return urls != null ? urls : getListenClientUrls();
  }

  public QuorateOptions setAdvertiseClientUrls(List<URI> urls) {
    return set(Options.ADVERTISE_CLIENT_URLS, urls);
  }

  /**
   * The URLs on which clients are served by HTTP only; empty by default. If there are any, the
   * {@linkplain #getListenClientUrls() other ones} serve gRPC only.
   */
  public List<URI> getListenClientHttpUrls() {
    List<URI> urls = getSet(Options.LISTEN_CLIENT_HTTP_URLS);
    return urls != null ? urls : List.of();
  }

  public QuorateOptions setListenClientHttpUrls(List<URI> urls) {
    return urls.isEmpty()
        ? unset(Options.LISTEN_CLIENT_HTTP_URLS)
        : set(Options.LISTEN_CLIENT_HTTP_URLS, urls);
  }

  /** The URLs on which only health checks are served; empty by default. */
  public List<URI> getListenMetricsUrls() {
    List<URI> urls = getSet(Options.LISTEN_METRICS_URLS);
    return urls != null ? urls : List.of();
  }

  public QuorateOptions setListenMetricsUrls(List<URI> urls) {
    return urls.isEmpty()
        ? unset(Options.LISTEN_METRICS_URLS)
        : set(Options.LISTEN_METRICS_URLS, urls);
  }

  /** The URLs on which the connections of other members are accepted. */
  public List<URI> getListenPeerUrls() {
    return get(Options.LISTEN_PEER_URLS);
  }

  public QuorateOptions setListenPeerUrls(List<URI> urls) {
    return set(Options.LISTEN_PEER_URLS, urls);
  }

  /** The URLs at which other members reach this one. Default: the URLs listened on. */
  public List<URI> getInitialAdvertisePeerUrls() {
    List<URI> urls = getSet(Options.INITIAL_ADVERTISE_PEER_URLS);
    return urls != null ? urls : getListenPeerUrls();
  }

  public QuorateOptions setInitialAdvertisePeerUrls(List<URI> urls) {
    return set(Options.INITIAL_ADVERTISE_PEER_URLS, urls);
  }

  /** Peer URLs by member name. Default: this member alone. Returns a copy. */
  public LinkedHashMap<String, List<URI>> getInitialCluster() {
    Map<String, List<URI>> cluster = getSet(Options.INITIAL_CLUSTER);
    return copy(cluster != null ? cluster : Map.of(getName(), getInitialAdvertisePeerUrls()));
  }

  public QuorateOptions setInitialCluster(Map<String, List<URI>> initialCluster) {
    return set(Options.INITIAL_CLUSTER, initialCluster);
  }

  public ClusterState getInitialClusterState() {
    return get(Options.INITIAL_CLUSTER_STATE);
  }

  public QuorateOptions setInitialClusterState(ClusterState initialClusterState) {
    return set(Options.INITIAL_CLUSTER_STATE, initialClusterState);
  }

  /**
   * Part of what cluster and member ids are computed from, so that two clusters have different ids.
   */
  public String getInitialClusterToken() {
    return get(Options.INITIAL_CLUSTER_TOKEN);
  }

  public QuorateOptions setInitialClusterToken(String initialClusterToken) {
    return set(Options.INITIAL_CLUSTER_TOKEN, initialClusterToken);
  }

  public long getHeartbeatIntervalMillis() {
    return get(Options.HEARTBEAT_INTERVAL);
  }

  public QuorateOptions setHeartbeatIntervalMillis(long heartbeatIntervalMillis) {
    return set(Options.HEARTBEAT_INTERVAL, heartbeatIntervalMillis);
  }

  /** At least five heartbeat intervals, at most 50 seconds. */
  public long getElectionTimeoutMillis() {
    return get(Options.ELECTION_TIMEOUT);
  }

  public QuorateOptions setElectionTimeoutMillis(long electionTimeoutMillis) {
    return set(Options.ELECTION_TIMEOUT, electionTimeoutMillis);
  }

  /** Log entries applied between two snapshots. */
  public long getSnapshotCount() {
    return get(Options.SNAPSHOT_COUNT);
  }

  public QuorateOptions setSnapshotCount(long snapshotCount) {
    return set(Options.SNAPSHOT_COUNT, snapshotCount);
  }

  /** Log entries kept below a snapshot, for followers that are a little behind. */
  public long getSnapshotCatchupEntries() {
    return get(Options.SNAPSHOT_CATCHUP_ENTRIES);
  }

  public QuorateOptions setSnapshotCatchupEntries(long snapshotCatchupEntries) {
    return set(Options.SNAPSHOT_CATCHUP_ENTRIES, snapshotCatchupEntries);
  }

  /** As configured: 0 means {@link #DEFAULT_QUOTA_BYTES}, a negative number no quota at all. */
  public long getQuotaBackendBytes() {
    return get(Options.QUOTA_BACKEND_BYTES);
  }

  public QuorateOptions setQuotaBackendBytes(long quotaBackendBytes) {
    return set(Options.QUOTA_BACKEND_BYTES, quotaBackendBytes);
  }

  public int getMaxRequestBytes() {
    return get(Options.MAX_REQUEST_BYTES);
  }

  public QuorateOptions setMaxRequestBytes(int maxRequestBytes) {
    return set(Options.MAX_REQUEST_BYTES, maxRequestBytes);
  }

  public int getMaxTxnOps() {
    return get(Options.MAX_TXN_OPS);
  }

  public QuorateOptions setMaxTxnOps(int maxTxnOps) {
    return set(Options.MAX_TXN_OPS, maxTxnOps);
  }

  /** {@code simple}, or {@code jwt} with its options, which only the server has. */
  public String getAuthToken() {
    return get(Options.AUTH_TOKEN);
  }

  public QuorateOptions setAuthToken(String authToken) {
    return set(Options.AUTH_TOKEN, authToken);
  }

  public int getAuthTokenTtlSeconds() {
    return get(Options.AUTH_TOKEN_TTL);
  }

  public QuorateOptions setAuthTokenTtlSeconds(int authTokenTtlSeconds) {
    return set(Options.AUTH_TOKEN_TTL, authTokenTtlSeconds);
  }

  public int getBcryptCost() {
    return get(Options.BCRYPT_COST);
  }

  public QuorateOptions setBcryptCost(int bcryptCost) {
    return set(Options.BCRYPT_COST, bcryptCost);
  }

  public int getMaxLearners() {
    return get(Options.MAX_LEARNERS);
  }

  public QuorateOptions setMaxLearners(int maxLearners) {
    return set(Options.MAX_LEARNERS, maxLearners);
  }

  /** Whether a membership change that would endanger the quorum is refused. */
  public boolean isStrictReconfigCheck() {
    return get(Options.STRICT_RECONFIG_CHECK);
  }

  public QuorateOptions setStrictReconfigCheck(boolean strictReconfigCheck) {
    return set(Options.STRICT_RECONFIG_CHECK, strictReconfigCheck);
  }

  public boolean isPreVote() {
    return get(Options.PRE_VOTE);
  }

  public QuorateOptions setPreVote(boolean preVote) {
    return set(Options.PRE_VOTE, preVote);
  }

  /** HTTP/2 streams a client connection may have open at once; up to 2^32 - 1. */
  public long getMaxConcurrentStreams() {
    return get(Options.MAX_CONCURRENT_STREAMS);
  }

  public QuorateOptions setMaxConcurrentStreams(long maxConcurrentStreams) {
    return set(Options.MAX_CONCURRENT_STREAMS, maxConcurrentStreams);
  }

  /** Clients that ping more often than this are disconnected. */
  public long getGrpcKeepaliveMinTimeMillis() {
    return get(Options.GRPC_KEEPALIVE_MIN_TIME);
  }

  public QuorateOptions setGrpcKeepaliveMinTimeMillis(long grpcKeepaliveMinTimeMillis) {
    return set(Options.GRPC_KEEPALIVE_MIN_TIME, grpcKeepaliveMinTimeMillis);
  }

  /** See {@link Options#GRPC_KEEPALIVE_INTERVAL}. */
  public long getGrpcKeepaliveIntervalMillis() {
    return get(Options.GRPC_KEEPALIVE_INTERVAL);
  }

  public QuorateOptions setGrpcKeepaliveIntervalMillis(long grpcKeepaliveIntervalMillis) {
    return set(Options.GRPC_KEEPALIVE_INTERVAL, grpcKeepaliveIntervalMillis);
  }

  /** How long a gRPC client may stay silent after it was pinged before its connection is closed. */
  public long getGrpcKeepaliveTimeoutMillis() {
    return get(Options.GRPC_KEEPALIVE_TIMEOUT);
  }

  public QuorateOptions setGrpcKeepaliveTimeoutMillis(long grpcKeepaliveTimeoutMillis) {
    return set(Options.GRPC_KEEPALIVE_TIMEOUT, grpcKeepaliveTimeoutMillis);
  }

  /**
   * How often a watcher that asked for progress notifications gets one while there are no events.
   */
  public long getWatchProgressNotifyIntervalMillis() {
    return get(Options.WATCH_PROGRESS_NOTIFY_INTERVAL);
  }

  public QuorateOptions setWatchProgressNotifyIntervalMillis(
      long watchProgressNotifyIntervalMillis) {
    return set(Options.WATCH_PROGRESS_NOTIFY_INTERVAL, watchProgressNotifyIntervalMillis);
  }

  /** etcd's feature gates. */
  public FeatureGates getFeatureGates() {
    return get(Options.FEATURE_GATES);
  }

  public QuorateOptions setFeatureGates(FeatureGates gates) {
    return set(Options.FEATURE_GATES, gates);
  }

  public LogLevel getLogLevel() {
    return get(Options.LOG_LEVEL);
  }

  public QuorateOptions setLogLevel(LogLevel logLevel) {
    return set(Options.LOG_LEVEL, logLevel);
  }

  public LogFormat getLogFormat() {
    return get(Options.LOG_FORMAT);
  }

  public QuorateOptions setLogFormat(LogFormat logFormat) {
    return set(Options.LOG_FORMAT, logFormat);
  }

  /** How much history is kept when the leader compacts it by itself. */
  public AutoCompaction getAutoCompaction() {
    AutoCompaction.Mode mode = get(Options.AUTO_COMPACTION_MODE);
    String retention = get(Options.AUTO_COMPACTION_RETENTION);
    return new AutoCompaction(
        mode,
        mode == AutoCompaction.Mode.PERIODIC
            ? Retention.millis(retention)
            : Retention.parse(retention));
  }

  /**
   * @param compaction its retention is 0 if the leader compacts nothing by itself
   */
  public QuorateOptions setAutoCompaction(AutoCompaction compaction) {
    boolean periodic = compaction.mode() == AutoCompaction.Mode.PERIODIC;
    return set(Options.AUTO_COMPACTION_MODE, compaction.mode())
        .set(
            Options.AUTO_COMPACTION_RETENTION,
            compaction.retention() + (periodic && compaction.retention() > 0 ? "ms" : ""));
  }

  /** Where the log goes: {@code default}, {@code stderr}, {@code stdout} or names of files. */
  public List<String> getLogOutputs() {
    return get(Options.LOG_OUTPUTS);
  }

  /** The quota in force; {@link Long#MAX_VALUE} if there is none. */
  public long getEffectiveQuotaBytes() {
    long quotaBytes = getQuotaBackendBytes();
    if (quotaBytes == 0) {
      return DEFAULT_QUOTA_BYTES;
    }
    return quotaBytes < 0 ? Long.MAX_VALUE : quotaBytes;
  }

  /** Certificate, key and trusted authorities of the client URLs that are {@code https}. */
  public TlsFiles getClientTls() {
    return new TlsFiles(
        getSet(Options.CERT_FILE),
        getSet(Options.KEY_FILE),
        getSet(Options.TRUSTED_CA_FILE),
        get(Options.CLIENT_CERT_AUTH),
        getSet(Options.CLIENT_CRL_FILE),
        null,
        null);
  }

  public QuorateOptions setClientTls(TlsFiles files) {
    return setOrUnset(Options.CERT_FILE, files.certFile())
        .setOrUnset(Options.KEY_FILE, files.keyFile())
        .setOrUnset(Options.TRUSTED_CA_FILE, files.trustedCaFile())
        .set(Options.CLIENT_CERT_AUTH, files.clientCertAuth())
        .setOrUnset(Options.CLIENT_CRL_FILE, files.crlFile());
  }

  /** Certificate, key and trusted authorities of the peer URLs if these are {@code https}. */
  public TlsFiles getPeerTls() {
    return new TlsFiles(
        getSet(Options.PEER_CERT_FILE),
        getSet(Options.PEER_KEY_FILE),
        getSet(Options.PEER_TRUSTED_CA_FILE),
        get(Options.PEER_CLIENT_CERT_AUTH),
        getSet(Options.PEER_CRL_FILE),
        getSet(Options.PEER_CLIENT_CERT_FILE),
        getSet(Options.PEER_CLIENT_KEY_FILE));
  }

  public QuorateOptions setPeerTls(TlsFiles files) {
    return setOrUnset(Options.PEER_CERT_FILE, files.certFile())
        .setOrUnset(Options.PEER_KEY_FILE, files.keyFile())
        .setOrUnset(Options.PEER_TRUSTED_CA_FILE, files.trustedCaFile())
        .set(Options.PEER_CLIENT_CERT_AUTH, files.clientCertAuth())
        .setOrUnset(Options.PEER_CRL_FILE, files.crlFile())
        .setOrUnset(Options.PEER_CLIENT_CERT_FILE, files.clientCertFile())
        .setOrUnset(Options.PEER_CLIENT_KEY_FILE, files.clientKeyFile());
  }

  /** Which client certificates are accepted among those of a trusted authority. */
  public AllowedNames getClientNames() {
    return new AllowedNames(List.of(), get(Options.CLIENT_CERT_ALLOWED_HOSTNAME));
  }

  /** Which certificates of members are accepted among those of a trusted authority. */
  public AllowedNames getPeerNames() {
    return new AllowedNames(
        get(Options.PEER_CERT_ALLOWED_CN), get(Options.PEER_CERT_ALLOWED_HOSTNAME));
  }

  /** TLS versions and cipher suites, for clients and peers alike. */
  public TlsLimits getTlsLimits() {
    return new TlsLimits(
        get(Options.TLS_MIN_VERSION), getSet(Options.TLS_MAX_VERSION), get(Options.CIPHER_SUITES));
  }

  public QuorateOptions setTlsLimits(TlsLimits limits) {
    return set(Options.TLS_MIN_VERSION, limits.min())
        .setOrUnset(Options.TLS_MAX_VERSION, limits.max())
        .set(Options.CIPHER_SUITES, limits.cipherSuites());
  }

  /** Whether connections between members use TLS. */
  public boolean isPeerTls() {
    return isSecure(getListenPeerUrls().get(0));
  }

  /** Whether any URL for clients uses TLS, also those for HTTP only and for health checks. */
  public boolean isClientTls() {
    return Stream.of(getListenClientUrls(), getListenClientHttpUrls(), getListenMetricsUrls())
        .flatMap(List::stream)
        .anyMatch(QuorateOptions::isSecure);
  }

  /** Whether a URL means TLS: {@code https} or {@code unixs}. */
  public static boolean isSecure(URI url) {
    return "https".equals(url.getScheme()) || "unixs".equals(url.getScheme());
  }
}
