package io.quorate.vertx.member.options;

import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.tls.TlsFiles;
import io.quorate.vertx.member.tls.TlsLimits;
import java.net.URI;
import java.nio.file.Path;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a member is to be: a value for each of the {@link Options}. Whatever is not set has its
 * default, or follows the others: the data directory and the initial cluster follow the name, the
 * advertised URLs follow the ones listened on.
 *
 * <p>Setters check nothing, so that they may be called in any order; {@link #validate()} does, and
 * the server calls it. Not thread-safe; give the server its own {@linkplain
 * #QuorateOptions(QuorateOptions) copy}.
 */
public final class QuorateOptions {
  /** The quota a member has if {@link Options#QUOTA_BACKEND_BYTES} is 0: 2 GiB. */
  public static final long DEFAULT_QUOTA_BYTES = 2L << 30;

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

  private final Map<Option<?>, Object> set = new IdentityHashMap<>();

  public QuorateOptions() {}

  /** An independent copy. */
  public QuorateOptions(QuorateOptions other) {
    set.putAll(other.set);
  }

  /**
   * What was set, else the default.
   *
   * @throws IllegalStateException it follows from other options: a method of its name knows how
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

  /** Null unless it was set. */
  @SuppressWarnings("unchecked") // by set() alone, where the types agree
  private <T> @Nullable T getSet(Option<T> option) {
    return (T) set.get(option);
  }

  /** Lists and maps are copied. */
  @SuppressWarnings("unchecked") // a copy is what it is a copy of
  public <T> QuorateOptions set(Option<T> option, T value) {
    Object own = value;
    if (value instanceof List<?> list) {
      own = List.copyOf(list);
    } else if (value instanceof Map<?, ?> map) {
      own = copy((Map<String, List<URI>>) map);
    }
    set.put(option, own);
    return this;
  }

  /** Back to the default. */
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
   * Checks everything that can be checked without touching disk or network.
   *
   * @return this
   * @throws ConfigurationException naming the first flag that is wrong
   */
  public QuorateOptions validate() {
    Options.all().forEach(this::check);
    OptionRules.check(this);
    return this;
  }

  private <T> void check(Option<T> option) {
    T value = getSet(option);
    if (value != null) {
      option.check(value);
    }
  }

  // ---- by name, as code says it

  /** The member's name, its key in {@link #initialCluster()}. */
  public String name() {
    return get(Options.NAME);
  }

  public QuorateOptions setName(String name) {
    return set(Options.NAME, name);
  }

  /** Where the member keeps everything; {@code <name>.quorate} unless set. */
  public Path dataDir() {
    Path dataDir = getSet(Options.DATA_DIR);
    return dataDir != null ? dataDir : FileNames.path(name() + ".quorate");
  }

  public QuorateOptions setDataDir(Path dataDir) {
    return set(Options.DATA_DIR, dataDir);
  }

  /** Where clients are served. */
  public List<URI> listenClientUrls() {
    return get(Options.LISTEN_CLIENT_URLS);
  }

  public QuorateOptions setListenClientUrls(List<URI> urls) {
    return set(Options.LISTEN_CLIENT_URLS, urls);
  }

  /** What the cluster tells clients about where this member is; the listened ones unless set. */
  public List<URI> advertiseClientUrls() {
    List<URI> urls = getSet(Options.ADVERTISE_CLIENT_URLS);
    return urls != null ? urls : listenClientUrls();
  }

  public QuorateOptions setAdvertiseClientUrls(List<URI> urls) {
    return set(Options.ADVERTISE_CLIENT_URLS, urls);
  }

  /** Where the other members are heard. */
  public List<URI> listenPeerUrls() {
    return get(Options.LISTEN_PEER_URLS);
  }

  public QuorateOptions setListenPeerUrls(List<URI> urls) {
    return set(Options.LISTEN_PEER_URLS, urls);
  }

  /** Where the other members find this one; the listened ones unless set. */
  public List<URI> initialAdvertisePeerUrls() {
    List<URI> urls = getSet(Options.INITIAL_ADVERTISE_PEER_URLS);
    return urls != null ? urls : listenPeerUrls();
  }

  public QuorateOptions setInitialAdvertisePeerUrls(List<URI> urls) {
    return set(Options.INITIAL_ADVERTISE_PEER_URLS, urls);
  }

  /** Peer URLs by member name; this member alone unless set. The map is the caller's own. */
  public LinkedHashMap<String, List<URI>> initialCluster() {
    Map<String, List<URI>> cluster = getSet(Options.INITIAL_CLUSTER);
    return copy(cluster != null ? cluster : Map.of(name(), initialAdvertisePeerUrls()));
  }

  public QuorateOptions setInitialCluster(Map<String, List<URI>> initialCluster) {
    return set(Options.INITIAL_CLUSTER, initialCluster);
  }

  public ClusterState initialClusterState() {
    return get(Options.INITIAL_CLUSTER_STATE);
  }

  public QuorateOptions setInitialClusterState(ClusterState initialClusterState) {
    return set(Options.INITIAL_CLUSTER_STATE, initialClusterState);
  }

  /**
   * Goes into the ids of cluster and members, so that two clusters never take each other for one.
   */
  public String initialClusterToken() {
    return get(Options.INITIAL_CLUSTER_TOKEN);
  }

  public QuorateOptions setInitialClusterToken(String initialClusterToken) {
    return set(Options.INITIAL_CLUSTER_TOKEN, initialClusterToken);
  }

  public long heartbeatIntervalMillis() {
    return get(Options.HEARTBEAT_INTERVAL);
  }

  public QuorateOptions setHeartbeatIntervalMillis(long heartbeatIntervalMillis) {
    return set(Options.HEARTBEAT_INTERVAL, heartbeatIntervalMillis);
  }

  /** At least five heartbeat intervals, at most 50 seconds. */
  public long electionTimeoutMillis() {
    return get(Options.ELECTION_TIMEOUT);
  }

  public QuorateOptions setElectionTimeoutMillis(long electionTimeoutMillis) {
    return set(Options.ELECTION_TIMEOUT, electionTimeoutMillis);
  }

  /** Log entries applied between two snapshots. */
  public long snapshotCount() {
    return get(Options.SNAPSHOT_COUNT);
  }

  public QuorateOptions setSnapshotCount(long snapshotCount) {
    return set(Options.SNAPSHOT_COUNT, snapshotCount);
  }

  /** Log entries kept below a snapshot, for followers that are a little behind. */
  public long snapshotCatchupEntries() {
    return get(Options.SNAPSHOT_CATCHUP_ENTRIES);
  }

  public QuorateOptions setSnapshotCatchupEntries(long snapshotCatchupEntries) {
    return set(Options.SNAPSHOT_CATCHUP_ENTRIES, snapshotCatchupEntries);
  }

  /** As configured: 0 means {@link #DEFAULT_QUOTA_BYTES}, a negative number no quota at all. */
  public long quotaBackendBytes() {
    return get(Options.QUOTA_BACKEND_BYTES);
  }

  public QuorateOptions setQuotaBackendBytes(long quotaBackendBytes) {
    return set(Options.QUOTA_BACKEND_BYTES, quotaBackendBytes);
  }

  public int maxRequestBytes() {
    return get(Options.MAX_REQUEST_BYTES);
  }

  public QuorateOptions setMaxRequestBytes(int maxRequestBytes) {
    return set(Options.MAX_REQUEST_BYTES, maxRequestBytes);
  }

  public int maxTxnOps() {
    return get(Options.MAX_TXN_OPS);
  }

  public QuorateOptions setMaxTxnOps(int maxTxnOps) {
    return set(Options.MAX_TXN_OPS, maxTxnOps);
  }

  public int maxLearners() {
    return get(Options.MAX_LEARNERS);
  }

  public QuorateOptions setMaxLearners(int maxLearners) {
    return set(Options.MAX_LEARNERS, maxLearners);
  }

  /** Whether a membership change that would endanger the quorum is refused. */
  public boolean strictReconfigCheck() {
    return get(Options.STRICT_RECONFIG_CHECK);
  }

  public QuorateOptions setStrictReconfigCheck(boolean strictReconfigCheck) {
    return set(Options.STRICT_RECONFIG_CHECK, strictReconfigCheck);
  }

  public boolean preVote() {
    return get(Options.PRE_VOTE);
  }

  public QuorateOptions setPreVote(boolean preVote) {
    return set(Options.PRE_VOTE, preVote);
  }

  /** HTTP/2 streams a client connection may have open at once; up to 2^32 - 1. */
  public long maxConcurrentStreams() {
    return get(Options.MAX_CONCURRENT_STREAMS);
  }

  public QuorateOptions setMaxConcurrentStreams(long maxConcurrentStreams) {
    return set(Options.MAX_CONCURRENT_STREAMS, maxConcurrentStreams);
  }

  /** Clients that ping more often than this are disconnected. */
  public long grpcKeepaliveMinTimeMillis() {
    return get(Options.GRPC_KEEPALIVE_MIN_TIME);
  }

  public QuorateOptions setGrpcKeepaliveMinTimeMillis(long grpcKeepaliveMinTimeMillis) {
    return set(Options.GRPC_KEEPALIVE_MIN_TIME, grpcKeepaliveMinTimeMillis);
  }

  /** See {@link Options#GRPC_KEEPALIVE_INTERVAL}. */
  public long grpcKeepaliveIntervalMillis() {
    return get(Options.GRPC_KEEPALIVE_INTERVAL);
  }

  public QuorateOptions setGrpcKeepaliveIntervalMillis(long grpcKeepaliveIntervalMillis) {
    return set(Options.GRPC_KEEPALIVE_INTERVAL, grpcKeepaliveIntervalMillis);
  }

  /**
   * How long nothing may come from a gRPC client that was pinged before its connection is closed.
   */
  public long grpcKeepaliveTimeoutMillis() {
    return get(Options.GRPC_KEEPALIVE_TIMEOUT);
  }

  public QuorateOptions setGrpcKeepaliveTimeoutMillis(long grpcKeepaliveTimeoutMillis) {
    return set(Options.GRPC_KEEPALIVE_TIMEOUT, grpcKeepaliveTimeoutMillis);
  }

  /** How often an idle watcher that asked for it hears of progress. */
  public long watchProgressNotifyIntervalMillis() {
    return get(Options.WATCH_PROGRESS_NOTIFY_INTERVAL);
  }

  public QuorateOptions setWatchProgressNotifyIntervalMillis(
      long watchProgressNotifyIntervalMillis) {
    return set(Options.WATCH_PROGRESS_NOTIFY_INTERVAL, watchProgressNotifyIntervalMillis);
  }

  public LogLevel logLevel() {
    return get(Options.LOG_LEVEL);
  }

  public QuorateOptions setLogLevel(LogLevel logLevel) {
    return set(Options.LOG_LEVEL, logLevel);
  }

  public LogFormat logFormat() {
    return get(Options.LOG_FORMAT);
  }

  public QuorateOptions setLogFormat(LogFormat logFormat) {
    return set(Options.LOG_FORMAT, logFormat);
  }

  /** The quota that holds; {@link Long#MAX_VALUE} if there is none. */
  public long effectiveQuotaBytes() {
    long quotaBytes = quotaBackendBytes();
    if (quotaBytes == 0) {
      return DEFAULT_QUOTA_BYTES;
    }
    return quotaBytes < 0 ? Long.MAX_VALUE : quotaBytes;
  }

  /** What the client port shows and trusts, at the URLs that are {@code https}. */
  public TlsFiles clientTls() {
    return new TlsFiles(
        getSet(Options.CERT_FILE),
        getSet(Options.KEY_FILE),
        getSet(Options.TRUSTED_CA_FILE),
        get(Options.CLIENT_CERT_AUTH));
  }

  public QuorateOptions setClientTls(TlsFiles files) {
    return setOrUnset(Options.CERT_FILE, files.certFile())
        .setOrUnset(Options.KEY_FILE, files.keyFile())
        .setOrUnset(Options.TRUSTED_CA_FILE, files.trustedCaFile())
        .set(Options.CLIENT_CERT_AUTH, files.clientCertAuth());
  }

  /**
   * What this member shows other members and trusts of them, if the peer URLs are {@code https}.
   */
  public TlsFiles peerTls() {
    return new TlsFiles(
        getSet(Options.PEER_CERT_FILE),
        getSet(Options.PEER_KEY_FILE),
        getSet(Options.PEER_TRUSTED_CA_FILE),
        get(Options.PEER_CLIENT_CERT_AUTH));
  }

  public QuorateOptions setPeerTls(TlsFiles files) {
    return setOrUnset(Options.PEER_CERT_FILE, files.certFile())
        .setOrUnset(Options.PEER_KEY_FILE, files.keyFile())
        .setOrUnset(Options.PEER_TRUSTED_CA_FILE, files.trustedCaFile())
        .set(Options.PEER_CLIENT_CERT_AUTH, files.clientCertAuth());
  }

  /** Of clients and peers. */
  public TlsLimits tlsLimits() {
    return new TlsLimits(
        get(Options.TLS_MIN_VERSION), getSet(Options.TLS_MAX_VERSION), get(Options.CIPHER_SUITES));
  }

  public QuorateOptions setTlsLimits(TlsLimits limits) {
    return set(Options.TLS_MIN_VERSION, limits.min())
        .setOrUnset(Options.TLS_MAX_VERSION, limits.max())
        .set(Options.CIPHER_SUITES, limits.cipherSuites());
  }

  /** Whether members talk with each other by TLS. */
  public boolean isPeerTls() {
    return isHttps(listenPeerUrls().get(0));
  }

  /** Whether any client is served by TLS. */
  public boolean isClientTls() {
    return listenClientUrls().stream().anyMatch(QuorateOptions::isHttps);
  }

  public static boolean isHttps(URI url) {
    return "https".equals(url.getScheme());
  }
}
