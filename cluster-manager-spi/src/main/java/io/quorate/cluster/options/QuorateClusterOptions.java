package io.quorate.cluster.options;

import io.vertx.core.json.JsonObject;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
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
  /** Whether a process has a replica. */
  public enum Role {
    /** It has one, and becomes a voter while there are fewer than {@link #getVoters}. */
    MEMBER,
    /** It has none, and reaches the members over the network. */
    CLIENT
  }

  private final Map<ClusterOption<?>, Object> values = new IdentityHashMap<>();

  public QuorateClusterOptions() {}

  /** An independent copy. */
  public QuorateClusterOptions(QuorateClusterOptions other) {
    values.putAll(other.values);
  }

  /**
   * @throws IllegalArgumentException naming the option that is unknown or invalid
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
   * @throws IllegalArgumentException naming the option that is unknown or invalid
   */
  public QuorateClusterOptions set(String name, @Nullable Object value) {
    if (name.equals("tls") || name.startsWith("ssl") || name.equals("keyCertOptions")) {
      throw new IllegalArgumentException(
          name
              + ": there is no such option; TLS is on if certFile, keyFile and trustedCaFile are set");
    }
    ClusterOption<?> option = ClusterOptions.byName().get(name);
    if (option == null) {
      throw new IllegalArgumentException(
          name + ": there is no such option; known are " + new TreeSet<>(names()));
    }
    values.put(option, option.read(value));
    return this;
  }

  /** The names that {@link #set(String, Object)} knows. */
  public static Set<String> names() {
    return Set.copyOf(ClusterOptions.byName().keySet());
  }

  private <T> QuorateClusterOptions set(ClusterOption<T> option, @Nullable T value) {
    if (value == null) {
      values.remove(option);
    } else {
      values.put(option, option.check(value));
    }
    return this;
  }

  /** The value that was set, else the default; null if there is neither. */
  @SuppressWarnings("unchecked") // the setters see to the type
  private <T> @Nullable T find(ClusterOption<T> option) {
    T value = (T) values.get(option);
    return value == null ? option.defaultValue() : value;
  }

  private <T> T get(ClusterOption<T> option) {
    T value = find(option);
    if (value == null) {
      throw new IllegalStateException(option + " has neither a value nor a default");
    }
    return value;
  }

  /** All options that have a value; read back by {@link #QuorateClusterOptions(JsonObject)}. */
  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    ClusterOptions.byName().values().forEach(option -> write(option, json));
    return json;
  }

  private <T> void write(ClusterOption<T> option, JsonObject json) {
    T value = find(option);
    Object written = value == null ? null : option.form().toJson(value);
    if (written != null) {
      json.put(option.name(), written);
    }
  }

  /**
   * Checks that the options fit together.
   *
   * @return this
   * @throws IllegalArgumentException naming the option
   */
  public QuorateClusterOptions validate() {
    List<String> endpoints = getEndpoints();
    boolean cert = getCertFile() != null;
    boolean trust = getTrustedCaFile() != null;
    if (!getSeeds().isEmpty() && getDns() != null) {
      throw new IllegalArgumentException("dns: must not be set together with seeds; choose one");
    }
    if (!endpoints.isEmpty() && getRole() == Role.MEMBER) {
      throw new IllegalArgumentException(
          "endpoints: are for the role client; a member finds the others by seeds or dns");
    }
    if (getPort() + getPortRange() - 1 > 65_535) {
      throw new IllegalArgumentException(
          "portRange: " + getPortRange() + " ports from " + getPort() + " on go beyond 65535");
    }
    if (cert != (getKeyFile() != null)) {
      throw new IllegalArgumentException(
          (!cert ? "certFile" : "keyFile")
              + ": must be set together with "
              + (cert ? "certFile" : "keyFile"));
    }
    if (endpoints.isEmpty() && cert != trust) {
      throw new IllegalArgumentException(
          (!cert ? "certFile" : "trustedCaFile")
              + ": must be set together with "
              + (cert ? "certFile" : "trustedCaFile")
              + "; a process that discovers members must trust them and be trusted");
    }
    if ((getUser() == null) != (getPassword() == null)) {
      throw new IllegalArgumentException("user: must be set together with password");
    }
    if (getUser() != null && getRole() == Role.MEMBER) {
      throw new IllegalArgumentException("user: is for the role client; a member needs none");
    }
    if (trust && endpoints.stream().anyMatch(e -> !e.startsWith("https:"))) {
      throw new IllegalArgumentException(
          "endpoints: must all begin with https:// if trustedCaFile is set, not " + endpoints);
    }
    return this;
  }

  public Role getRole() {
    return get(ClusterOptions.ROLE);
  }

  public QuorateClusterOptions setRole(Role role) {
    return set(ClusterOptions.ROLE, role);
  }

  /** Processes of different names never form one cluster. */
  public String getClusterName() {
    return get(ClusterOptions.CLUSTER_NAME);
  }

  public QuorateClusterOptions setClusterName(String clusterName) {
    return set(ClusterOptions.CLUSTER_NAME, clusterName);
  }

  /**
   * Where to listen. Unless set: loopback if there are neither seeds nor dns, else an address of
   * this host.
   */
  public @Nullable String getHost() {
    return find(ClusterOptions.HOST);
  }

  public QuorateClusterOptions setHost(@Nullable String host) {
    return set(ClusterOptions.HOST, host);
  }

  /** Where others reach this host; {@link #getHost} unless set. */
  public @Nullable String getPublicHost() {
    return find(ClusterOptions.PUBLIC_HOST);
  }

  public QuorateClusterOptions setPublicHost(@Nullable String publicHost) {
    return set(ClusterOptions.PUBLIC_HOST, publicHost);
  }

  /** The first port for peers; a process takes the first free one of the range. */
  public int getPort() {
    return get(ClusterOptions.PORT);
  }

  public QuorateClusterOptions setPort(int port) {
    return set(ClusterOptions.PORT, port);
  }

  /** How many ports there are to choose from: the most members on one host. */
  public int getPortRange() {
    return get(ClusterOptions.PORT_RANGE);
  }

  public QuorateClusterOptions setPortRange(int portRange) {
    return set(ClusterOptions.PORT_RANGE, portRange);
  }

  /**
   * {@code host} or {@code host:port} of members, the same list on every host. Only the first one
   * begins a new cluster.
   */
  public List<String> getSeeds() {
    return get(ClusterOptions.SEEDS);
  }

  public QuorateClusterOptions setSeeds(List<String> seeds) {
    return set(ClusterOptions.SEEDS, seeds);
  }

  /** A name whose SRV or address records are the members, such as a headless service. */
  public @Nullable String getDns() {
    return find(ClusterOptions.DNS);
  }

  public QuorateClusterOptions setDns(@Nullable String dns) {
    return set(ClusterOptions.DNS, dns);
  }

  /** How many members vote once there are as many; odd. */
  public int getVoters() {
    return get(ClusterOptions.VOTERS);
  }

  public QuorateClusterOptions setVoters(int voters) {
    return set(ClusterOptions.VOTERS, voters);
  }

  /** Where the member keeps everything for its next start; a temporary directory unless set. */
  public @Nullable String getDataDir() {
    return find(ClusterOptions.DATA_DIR);
  }

  public QuorateClusterOptions setDataDir(@Nullable String dataDir) {
    return set(ClusterOptions.DATA_DIR, dataDir);
  }

  /**
   * The time within which a killed process is out of the cluster, with its registrations and locks.
   * Two seconds of it are reserved for the election that is needed if that process led; the rest,
   * in whole seconds and at least one, is how long a node may be without an answer before it
   * considers itself out.
   */
  public long getSessionTimeoutMillis() {
    return get(ClusterOptions.SESSION_TIMEOUT);
  }

  public QuorateClusterOptions setSessionTimeoutMillis(long sessionTimeoutMillis) {
    return set(ClusterOptions.SESSION_TIMEOUT, sessionTimeoutMillis);
  }

  /** How long it may take to find or begin a cluster. */
  public long getJoinTimeoutMillis() {
    return get(ClusterOptions.JOIN_TIMEOUT);
  }

  public QuorateClusterOptions setJoinTimeoutMillis(long joinTimeoutMillis) {
    return set(ClusterOptions.JOIN_TIMEOUT, joinTimeoutMillis);
  }

  /** How long a member must be absent before it is removed from the cluster. */
  public long getHoldDownMillis() {
    return get(ClusterOptions.HOLD_DOWN);
  }

  public QuorateClusterOptions setHoldDownMillis(long holdDownMillis) {
    return set(ClusterOptions.HOLD_DOWN, holdDownMillis);
  }

  /**
   * How long a node that is closed in order goes on answering after the others have stopped sending
   * to it; 0 for not at all.
   */
  public long getDrainMillis() {
    return get(ClusterOptions.DRAIN);
  }

  /**
   * With more than 0, closing Vert.x begins with {@code QuorateClusterManager.drain}.
   *
   * @param drainMillis the longest that a consumer takes for its answer; ten minutes at most
   */
  public QuorateClusterOptions setDrainMillis(long drainMillis) {
    return set(ClusterOptions.DRAIN, drainMillis);
  }

  /** What all keys of the cluster manager begin with. */
  public String getKeyPrefix() {
    return get(ClusterOptions.KEY_PREFIX);
  }

  public QuorateClusterOptions setKeyPrefix(String keyPrefix) {
    return set(ClusterOptions.KEY_PREFIX, keyPrefix);
  }

  /** Client URLs of members, for the role client; discovered unless set. */
  public List<String> getEndpoints() {
    return get(ClusterOptions.ENDPOINTS);
  }

  public QuorateClusterOptions setEndpoints(List<String> endpoints) {
    return set(ClusterOptions.ENDPOINTS, endpoints);
  }

  /**
   * This process's own certificate, PEM, with its chain. Together with {@link #getKeyFile} and
   * {@link #getTrustedCaFile} it turns TLS on, between members and for their clients: both sides
   * present a certificate that the authority has signed. For clients it must name the address at
   * which the member is reached.
   */
  public @Nullable String getCertFile() {
    return find(ClusterOptions.CERT_FILE);
  }

  public QuorateClusterOptions setCertFile(@Nullable String certFile) {
    return set(ClusterOptions.CERT_FILE, certFile);
  }

  /** The key of {@link #getCertFile}, PEM, RSA or EC, not encrypted. */
  public @Nullable String getKeyFile() {
    return find(ClusterOptions.KEY_FILE);
  }

  public QuorateClusterOptions setKeyFile(@Nullable String keyFile) {
    return set(ClusterOptions.KEY_FILE, keyFile);
  }

  /**
   * The authorities that sign for this cluster, PEM. Host names are not verified between members,
   * so use an authority that signs for nothing else.
   */
  public @Nullable String getTrustedCaFile() {
    return find(ClusterOptions.TRUSTED_CA_FILE);
  }

  public QuorateClusterOptions setTrustedCaFile(@Nullable String trustedCaFile) {
    return set(ClusterOptions.TRUSTED_CA_FILE, trustedCaFile);
  }

  /**
   * The user as whom a client of a server logs in, if that asks who somebody is. A member needs
   * none: what it does it does as a member.
   */
  public @Nullable String getUser() {
    return find(ClusterOptions.USER);
  }

  public QuorateClusterOptions setUser(@Nullable String user) {
    return set(ClusterOptions.USER, user);
  }

  public @Nullable String getPassword() {
    return find(ClusterOptions.PASSWORD);
  }

  public QuorateClusterOptions setPassword(@Nullable String password) {
    return set(ClusterOptions.PASSWORD, password);
  }

  /** Without the password, as this may end in a log. */
  @Override
  public String toString() {
    JsonObject json = toJson();
    if (getPassword() != null) {
      json.put("password", "...");
    }
    return json.encode();
  }
}
