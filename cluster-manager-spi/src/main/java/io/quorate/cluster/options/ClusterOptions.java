package io.quorate.cluster.options;

import io.quorate.cluster.options.ClusterOption.Form;
import io.quorate.cluster.options.QuorateClusterOptions.Role;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The table of options. JSON, environment variables, system properties and the table in the guide
 * follow from it.
 */
final class ClusterOptions {
  static final int MAX_VOTERS = 9;

  private static final String NONE = "none";
  private static final long MAX_DRAIN_MILLIS = 600_000;
  private static final Map<String, ClusterOption<?>> ROWS = new LinkedHashMap<>();

  static final ClusterOption<Role> ROLE =
      row(
          "role",
          Forms.ROLE,
          Role.MEMBER,
          "`member`",
          "`member` has a replica; `client` has none and reaches the members over the network");

  static final ClusterOption<String> CLUSTER_NAME =
      row(
          "clusterName",
          Forms.TEXT,
          "vertx",
          "`vertx`",
          "processes of different names never form one cluster");

  static final ClusterOption<String> HOST =
      row(
          "host",
          Forms.TEXT,
          null,
          "loopback without `seeds` and `dns`; else an address of this host",
          "where to listen; of several addresses the one that `seeds` or `dns` name, else the first"
              + " that is not loopback, IPv4 before IPv6");

  static final ClusterOption<String> PUBLIC_HOST =
      row(
          "publicHost",
          Forms.TEXT,
          null,
          "`host`",
          "where others reach this host; needed if `host` is 0.0.0.0");

  static final ClusterOption<Integer> PORT =
      row(
          "port",
          Forms.integer(1, 65_535),
          23_800,
          "23800",
          "first port for peers; a process takes the first free one of the range");

  static final ClusterOption<Integer> PORT_RANGE =
      row(
          "portRange",
          Forms.integer(1, 1_024),
          64,
          "64",
          "number of ports: the most members on one host");

  static final ClusterOption<List<String>> SEEDS =
      row(
          "seeds",
          Forms.TEXTS,
          List.of(),
          NONE,
          "`host` or `host:port` of members, the same list in the same order on every host");

  static final ClusterOption<String> DNS =
      row(
          "dns",
          Forms.TEXT,
          null,
          NONE,
          "a name whose SRV or address records are the members, such as a headless service; not"
              + " together with `seeds`");

  static final ClusterOption<Integer> VOTERS =
      row(
          "voters",
          Forms.odd(MAX_VOTERS),
          3,
          "3",
          "how many members vote once there are as many; odd, at most " + MAX_VOTERS);

  static final ClusterOption<String> DATA_DIR =
      row(
          "dataDir",
          Forms.TEXT,
          null,
          "a temporary directory",
          "the directory of the member's data, for its next start");

  static final ClusterOption<Long> SESSION_TIMEOUT =
      row(
          "sessionTimeoutMillis",
          Forms.MILLIS,
          5_000L,
          "5000",
          "time within which a killed process is out of the cluster");

  static final ClusterOption<Long> JOIN_TIMEOUT =
      row(
          "joinTimeoutMillis",
          Forms.MILLIS,
          30_000L,
          "30000",
          "how long joining may take altogether; the error names the step at which this time was"
              + " over");

  static final ClusterOption<Long> HOLD_DOWN =
      row(
          "holdDownMillis",
          Forms.MILLIS,
          20_000L,
          "20000",
          "how long a member must be absent before it is removed from the cluster");

  static final ClusterOption<Long> DRAIN =
      row(
          "drainMillis",
          Forms.number(0, MAX_DRAIN_MILLIS),
          0L,
          "0",
          "how long a node that is closed goes on answering after the others have stopped sending"
              + " to it: see [rolling restarts](#rolling-restarts)");

  static final ClusterOption<String> KEY_PREFIX =
      row(
          "keyPrefix",
          Forms.TEXT,
          "vertx/",
          "`vertx/`",
          "prefix of all keys of the cluster manager");

  static final ClusterOption<String> CERT_FILE =
      row(
          "certFile",
          Forms.TEXT,
          null,
          NONE,
          "PEM file: the certificate of this process, with its chain; turns on TLS everywhere, see"
              + " below");

  static final ClusterOption<String> KEY_FILE =
      row("keyFile", Forms.TEXT, null, NONE, "PEM file: the key of that certificate");

  static final ClusterOption<String> TRUSTED_CA_FILE =
      row("trustedCaFile", Forms.TEXT, null, NONE, "PEM file: the authority that is trusted");

  static final ClusterOption<List<String>> ENDPOINTS =
      row(
          "endpoints",
          Forms.TEXTS,
          List.of(),
          "discovered as members discover each other, and updated to the present voters",
          "for the role `client`: client URLs of a server's members, or an etcd's; not updated");

  static final ClusterOption<String> USER =
      row(
          "user",
          Forms.TEXT,
          null,
          NONE,
          "for the role `client`: the user of a cluster that asks for one; needs rights on all keys"
              + " with the prefix");

  static final ClusterOption<String> PASSWORD =
      row("password", Forms.TEXT, null, NONE, "password of that user");

  private ClusterOptions() {}

  private static <T> ClusterOption<T> row(
      String name, Form<T> form, @Nullable T defaultValue, String shownDefault, String help) {
    ClusterOption<T> option = new ClusterOption<>(name, form, defaultValue, shownDefault, help);
    ROWS.put(name, option);
    return option;
  }

  /** By name, in the order of the guide. */
  static Map<String, ClusterOption<?>> byName() {
    return ROWS;
  }
}
