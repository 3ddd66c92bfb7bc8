package io.quorate.cluster;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The options of a node. With the defaults it has a replica and forms a cluster with the other
 * processes on this host.
 *
 * <p>Setters refuse invalid values; {@link #validate} checks the combination. In JSON the names are
 * those of the properties; an unknown name is refused. Not thread-safe.
 */
public final class QuorateClusterOptions {
  public static final Role DEFAULT_ROLE = Role.MEMBER;
  public static final String DEFAULT_CLUSTER_NAME = "vertx";
  public static final int DEFAULT_PORT = 23_800;
  public static final int DEFAULT_PORT_RANGE = 64;
  public static final int DEFAULT_VOTERS = 3;
  public static final int MAX_VOTERS = 9;
  public static final long DEFAULT_SESSION_TIMEOUT_MILLIS = 5_000;
  public static final long DEFAULT_JOIN_TIMEOUT_MILLIS = 30_000;
  public static final long DEFAULT_HOLD_DOWN_MILLIS = 20_000;
  public static final String DEFAULT_KEY_PREFIX = "vertx/";

  private static final long MAX_DRAIN_MILLIS = 600_000;
  private static final Set<String> NAMES =
      Set.of(
          "role",
          "clusterName",
          "host",
          "publicHost",
          "port",
          "portRange",
          "seeds",
          "dns",
          "voters",
          "dataDir",
          "sessionTimeoutMillis",
          "joinTimeoutMillis",
          "holdDownMillis",
          "drainMillis",
          "keyPrefix",
          "endpoints",
          "certFile",
          "keyFile",
          "trustedCaFile");

  /** Whether a process has a replica. */
  public enum Role {
    /** It has one, and becomes a voter while there are fewer than {@link #getVoters}. */
    MEMBER,
    /** It has none, and reaches the members over the network. */
    CLIENT
  }

  private Role role = DEFAULT_ROLE;
  private String clusterName = DEFAULT_CLUSTER_NAME;
  private @Nullable String host;
  private @Nullable String publicHost;
  private int port = DEFAULT_PORT;
  private int portRange = DEFAULT_PORT_RANGE;
  private List<String> seeds = List.of();
  private @Nullable String dns;
  private int voters = DEFAULT_VOTERS;
  private @Nullable String dataDir;
  private long sessionTimeoutMillis = DEFAULT_SESSION_TIMEOUT_MILLIS;
  private long joinTimeoutMillis = DEFAULT_JOIN_TIMEOUT_MILLIS;
  private long holdDownMillis = DEFAULT_HOLD_DOWN_MILLIS;
  private long drainMillis;
  private String keyPrefix = DEFAULT_KEY_PREFIX;
  private List<String> endpoints = List.of();
  private @Nullable String certFile;
  private @Nullable String keyFile;
  private @Nullable String trustedCaFile;

  public QuorateClusterOptions() {}

  public QuorateClusterOptions(QuorateClusterOptions other) {
    role = other.role;
    clusterName = other.clusterName;
    host = other.host;
    publicHost = other.publicHost;
    port = other.port;
    portRange = other.portRange;
    seeds = other.seeds;
    dns = other.dns;
    voters = other.voters;
    dataDir = other.dataDir;
    sessionTimeoutMillis = other.sessionTimeoutMillis;
    joinTimeoutMillis = other.joinTimeoutMillis;
    holdDownMillis = other.holdDownMillis;
    drainMillis = other.drainMillis;
    keyPrefix = other.keyPrefix;
    endpoints = other.endpoints;
    certFile = other.certFile;
    keyFile = other.keyFile;
    trustedCaFile = other.trustedCaFile;
  }

  /**
   * @throws IllegalArgumentException naming what is unknown or cannot be right
   */
  public QuorateClusterOptions(JsonObject json) {
    for (String name : new TreeSet<>(json.fieldNames())) {
      set(name, json.getValue(name));
    }
  }

  /**
   * Sets one option by its name.
   *
   * @param value as in JSON, or as text: then lists are separated by commas
   * @throws IllegalArgumentException naming what is unknown or cannot be right
   */
  public QuorateClusterOptions set(String name, @Nullable Object value) {
    if (name.equals("tls") || name.startsWith("ssl") || name.equals("keyCertOptions")) {
      throw new IllegalArgumentException(
          name
              + ": there is no such option; TLS is on if certFile, keyFile and trustedCaFile are set");
    }
    if (!NAMES.contains(name)) {
      throw new IllegalArgumentException(
          name + ": there is no such option; known are " + new TreeSet<>(NAMES));
    }
    if (value == null) {
      throw new IllegalArgumentException(name + ": must have a value");
    }
    switch (name) {
      case "role" -> setRole(role(value));
      case "clusterName" -> setClusterName(text(name, value));
      case "host" -> setHost(text(name, value));
      case "publicHost" -> setPublicHost(text(name, value));
      case "port" -> setPort((int) number(name, value, 1, 65_535));
      case "portRange" -> setPortRange((int) number(name, value, 1, 1_024));
      case "seeds" -> setSeeds(list(name, value));
      case "dns" -> setDns(text(name, value));
      case "voters" -> setVoters((int) number(name, value, 1, MAX_VOTERS));
      case "dataDir" -> setDataDir(text(name, value));
      case "sessionTimeoutMillis" -> setSessionTimeoutMillis(millis(name, value));
      case "joinTimeoutMillis" -> setJoinTimeoutMillis(millis(name, value));
      case "holdDownMillis" -> setHoldDownMillis(millis(name, value));
      case "drainMillis" -> setDrainMillis(number(name, value, 0, MAX_DRAIN_MILLIS));
      case "keyPrefix" -> setKeyPrefix(text(name, value));
      case "endpoints" -> setEndpoints(list(name, value));
      case "certFile" -> setCertFile(text(name, value));
      case "keyFile" -> setKeyFile(text(name, value));
      case "trustedCaFile" -> setTrustedCaFile(text(name, value));
      default -> throw new IllegalStateException("no case for " + name);
    }
    return this;
  }

  /** The names that {@link #set} knows. */
  public static Set<String> names() {
    return NAMES;
  }

  private static Role role(Object value) {
    for (Role role : Role.values()) {
      if (role.name().equalsIgnoreCase(value.toString())) {
        return role;
      }
    }
    throw new IllegalArgumentException("role: must be member or client, not " + value);
  }

  private static String text(String name, Object value) {
    if (value instanceof String text && !text.isBlank()) {
      return text.trim();
    }
    throw new IllegalArgumentException(name + ": must be text that is not empty, not " + value);
  }

  private static List<String> list(String name, Object value) {
    if (value instanceof JsonArray array) {
      return array.stream().map(v -> text(name, String.valueOf(v))).toList();
    }
    if (value instanceof List<?> items) {
      return items.stream().map(v -> text(name, String.valueOf(v))).toList();
    }
    return value.toString().isBlank()
        ? List.of()
        : List.of(value.toString().split(",", -1)).stream().map(v -> text(name, v)).toList();
  }

  private static long millis(String name, Object value) {
    return number(name, value, 1, 86_400_000);
  }

  private static long number(String name, Object value, long min, long max) {
    long number;
    try {
      number = Long.parseLong(value.toString().trim());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + ": must be a whole number, not " + value, e);
    }
    return within(name, number, min, max);
  }

  private static long within(String name, long number, long min, long max) {
    if (number < min || number > max) {
      throw new IllegalArgumentException(
          name + ": must be between " + min + " and " + max + ", not " + number);
    }
    return number;
  }

  /** All options that have a value; read back by {@link #QuorateClusterOptions(JsonObject)}. */
  public JsonObject toJson() {
    JsonObject json =
        new JsonObject()
            .put("role", role.name().toLowerCase(java.util.Locale.ROOT))
            .put("clusterName", clusterName)
            .put("port", port)
            .put("portRange", portRange)
            .put("voters", voters)
            .put("sessionTimeoutMillis", sessionTimeoutMillis)
            .put("joinTimeoutMillis", joinTimeoutMillis)
            .put("holdDownMillis", holdDownMillis)
            .put("drainMillis", drainMillis)
            .put("keyPrefix", keyPrefix);
    putIfSet(json, "host", host);
    putIfSet(json, "publicHost", publicHost);
    putIfSet(json, "dns", dns);
    putIfSet(json, "dataDir", dataDir);
    putIfSet(json, "certFile", certFile);
    putIfSet(json, "keyFile", keyFile);
    putIfSet(json, "trustedCaFile", trustedCaFile);
    if (!seeds.isEmpty()) {
      json.put("seeds", new JsonArray(seeds));
    }
    if (!endpoints.isEmpty()) {
      json.put("endpoints", new JsonArray(endpoints));
    }
    return json;
  }

  private static void putIfSet(JsonObject json, String name, @Nullable String value) {
    if (value != null) {
      json.put(name, value);
    }
  }

  /**
   * Checks that the options fit together.
   *
   * @return this
   * @throws IllegalArgumentException naming the option
   */
  public QuorateClusterOptions validate() {
    if (!seeds.isEmpty() && dns != null) {
      throw new IllegalArgumentException("dns: must not be set together with seeds; choose one");
    }
    if (!endpoints.isEmpty() && role == Role.MEMBER) {
      throw new IllegalArgumentException(
          "endpoints: are for the role client; a member finds the others by seeds or dns");
    }
    if (port + portRange - 1 > 65_535) {
      throw new IllegalArgumentException(
          "portRange: " + portRange + " ports from " + port + " on go beyond 65535");
    }
    if ((certFile == null) != (keyFile == null)) {
      throw new IllegalArgumentException(
          (certFile == null ? "certFile" : "keyFile")
              + ": must be set together with "
              + (certFile == null ? "keyFile" : "certFile"));
    }
    if (endpoints.isEmpty() && (certFile == null) != (trustedCaFile == null)) {
      throw new IllegalArgumentException(
          (certFile == null ? "certFile" : "trustedCaFile")
              + ": must be set together with "
              + (certFile == null ? "trustedCaFile" : "certFile")
              + "; a process that discovers members must trust them and be trusted");
    }
    if (trustedCaFile != null && endpoints.stream().anyMatch(e -> !e.startsWith("https:"))) {
      throw new IllegalArgumentException(
          "endpoints: must all begin with https:// if trustedCaFile is set, not " + endpoints);
    }
    return this;
  }

  public Role getRole() {
    return role;
  }

  public QuorateClusterOptions setRole(Role role) {
    this.role = role;
    return this;
  }

  /** Processes of different names never form one cluster. */
  public String getClusterName() {
    return clusterName;
  }

  public QuorateClusterOptions setClusterName(String clusterName) {
    this.clusterName = text("clusterName", clusterName);
    return this;
  }

  /**
   * Where to listen. Unless set: loopback if there are neither seeds nor dns, else an address of
   * this host.
   */
  public @Nullable String getHost() {
    return host;
  }

  public QuorateClusterOptions setHost(@Nullable String host) {
    this.host = host;
    return this;
  }

  /** Where others reach this host; {@link #getHost} unless set. */
  public @Nullable String getPublicHost() {
    return publicHost;
  }

  public QuorateClusterOptions setPublicHost(@Nullable String publicHost) {
    this.publicHost = publicHost;
    return this;
  }

  /** The first port for peers; a process takes the first free one of the range. */
  public int getPort() {
    return port;
  }

  public QuorateClusterOptions setPort(int port) {
    this.port = (int) within("port", port, 1, 65_535);
    return this;
  }

  /** How many ports there are to choose from: the most members on one host. */
  public int getPortRange() {
    return portRange;
  }

  public QuorateClusterOptions setPortRange(int portRange) {
    this.portRange = (int) within("portRange", portRange, 1, 1_024);
    return this;
  }

  /**
   * {@code host} or {@code host:port} of members, the same list on every host. Only the first one
   * begins a new cluster.
   */
  public List<String> getSeeds() {
    return seeds;
  }

  public QuorateClusterOptions setSeeds(List<String> seeds) {
    this.seeds = List.copyOf(seeds);
    return this;
  }

  /** A name whose SRV or address records are the members, such as a headless service. */
  public @Nullable String getDns() {
    return dns;
  }

  public QuorateClusterOptions setDns(@Nullable String dns) {
    this.dns = dns;
    return this;
  }

  /** How many members vote once there are as many; odd. */
  public int getVoters() {
    return voters;
  }

  public QuorateClusterOptions setVoters(int voters) {
    within("voters", voters, 1, MAX_VOTERS);
    if (voters % 2 == 0) {
      throw new IllegalArgumentException(
          "voters: must be odd, not " + voters + "; an even number bears no more failures");
    }
    this.voters = voters;
    return this;
  }

  /** Where the member keeps everything for its next start; a temporary directory unless set. */
  public @Nullable String getDataDir() {
    return dataDir;
  }

  public QuorateClusterOptions setDataDir(@Nullable String dataDir) {
    this.dataDir = dataDir;
    return this;
  }

  /**
   * The time within which a killed process is out of the cluster, with its registrations and locks.
   * Two seconds of it are reserved for the election that is needed if that process led; the rest,
   * in whole seconds and at least one, is how long a node may be without an answer before it
   * considers itself out.
   */
  public long getSessionTimeoutMillis() {
    return sessionTimeoutMillis;
  }

  public QuorateClusterOptions setSessionTimeoutMillis(long sessionTimeoutMillis) {
    this.sessionTimeoutMillis = within("sessionTimeoutMillis", sessionTimeoutMillis, 1, 86_400_000);
    return this;
  }

  /** How long it may take to find or begin a cluster. */
  public long getJoinTimeoutMillis() {
    return joinTimeoutMillis;
  }

  public QuorateClusterOptions setJoinTimeoutMillis(long joinTimeoutMillis) {
    this.joinTimeoutMillis = within("joinTimeoutMillis", joinTimeoutMillis, 1, 86_400_000);
    return this;
  }

  /** How long a member must be absent before it is removed from the cluster. */
  public long getHoldDownMillis() {
    return holdDownMillis;
  }

  public QuorateClusterOptions setHoldDownMillis(long holdDownMillis) {
    this.holdDownMillis = within("holdDownMillis", holdDownMillis, 1, 86_400_000);
    return this;
  }

  /**
   * How long a node that is closed in order goes on answering after the others have stopped sending
   * to it; 0 for not at all.
   */
  public long getDrainMillis() {
    return drainMillis;
  }

  /**
   * With more than 0, closing Vert.x begins with {@link QuorateClusterManager#drain}.
   *
   * @param drainMillis the longest that a consumer takes for its answer; ten minutes at most
   */
  public QuorateClusterOptions setDrainMillis(long drainMillis) {
    this.drainMillis = within("drainMillis", drainMillis, 0, MAX_DRAIN_MILLIS);
    return this;
  }

  /** What all keys of the cluster manager begin with. */
  public String getKeyPrefix() {
    return keyPrefix;
  }

  public QuorateClusterOptions setKeyPrefix(String keyPrefix) {
    this.keyPrefix = text("keyPrefix", keyPrefix);
    return this;
  }

  /** Client URLs of members, for the role client; discovered unless set. */
  public List<String> getEndpoints() {
    return endpoints;
  }

  public QuorateClusterOptions setEndpoints(List<String> endpoints) {
    this.endpoints = List.copyOf(endpoints);
    return this;
  }

  /**
   * This process's own certificate, PEM, with its chain. Together with {@link #getKeyFile} and
   * {@link #getTrustedCaFile} it turns TLS on, between members and for their clients: both sides
   * present a certificate that the authority has signed. For clients it must name the address at
   * which the member is reached.
   */
  public @Nullable String getCertFile() {
    return certFile;
  }

  public QuorateClusterOptions setCertFile(@Nullable String certFile) {
    this.certFile = certFile;
    return this;
  }

  /** The key of {@link #getCertFile}, PEM, RSA or EC, not encrypted. */
  public @Nullable String getKeyFile() {
    return keyFile;
  }

  public QuorateClusterOptions setKeyFile(@Nullable String keyFile) {
    this.keyFile = keyFile;
    return this;
  }

  /**
   * The authorities that sign for this cluster, PEM. Host names are not verified between members,
   * so use an authority that signs for nothing else.
   */
  public @Nullable String getTrustedCaFile() {
    return trustedCaFile;
  }

  public QuorateClusterOptions setTrustedCaFile(@Nullable String trustedCaFile) {
    this.trustedCaFile = trustedCaFile;
    return this;
  }

  @Override
  public String toString() {
    return toJson().encode();
  }
}
