package io.quorate.vertx.member.options;

import static io.quorate.vertx.member.options.Flag.Kind.BOOLEAN;
import static io.quorate.vertx.member.options.Flag.Kind.DURATION;
import static io.quorate.vertx.member.options.Flag.Kind.TEXT;

import io.quorate.vertx.member.options.Flag.Kind;
import io.quorate.vertx.member.options.Flag.Support;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** All flags, under etcd's names, in the order in which {@code --help} lists them. */
public final class Flags {
  public static final String CONFIG_FILE = "config-file";

  /** A prefix of older etcd releases that scripts still use. */
  private static final String EXPERIMENTAL = "experimental-";

  private static final Map<String, Flag> ALL = table();

  private Flags() {}

  public static Collection<Flag> all() {
    return ALL.values();
  }

  /**
   * The flag of that name, with or without the former experimental prefix; null if there is none.
   */
  public static @Nullable Flag find(String name) {
    Flag flag = ALL.get(name);
    if (flag == null && name.startsWith(EXPERIMENTAL)) {
      return ALL.get(name.substring(EXPERIMENTAL.length()));
    }
    return flag;
  }

  /** The known flag with the smallest edit distance to {@code name}; null if none is close. */
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
    Options.all().forEach(option -> table.add(option.flag()));
    table.used(
        CONFIG_FILE,
        "YAML with flag names as keys; all other flags and variables are then ignored",
        (options, value) -> {});
    addUnsupported(table);
    addIgnored(table);
    return Collections.unmodifiableMap(table.flags);
  }

  private static void addUnsupported(Table t) {
    String itself = "a member makes no connections to client ports";
    t.ignored("client-cert-file", TEXT, "", itself);
    t.ignored("client-key-file", TEXT, "", itself);
    t.ignored(
        "peer-skip-client-san-verification",
        BOOLEAN,
        "false",
        "names in certificates of members are not compared with their addresses");

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
    t.refused("wal-dir", TEXT, "", "a log directory of its own is not available; move --data-dir");
    t.refused(
        "force-new-cluster",
        BOOLEAN,
        "false",
        "is not available; found a new cluster and copy the keys over from a client");
    t.refused(
        "enable-log-rotation", BOOLEAN, "false", "logs go to standard error; rotate them there");
    t.refused(
        "enable-distributed-tracing", BOOLEAN, "false", "tracing is not available; leave it out");
  }

  private static void addIgnored(Table t) {
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
    t.ignored(
        "compact-hash-check-enabled",
        BOOLEAN,
        "false",
        "--compact-hash-check-time alone says whether they are compared");
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
    for (String name :
        List.of(
            "cluster-active-size",
            "cluster-remove-delay",
            "cluster-sync-interval",
            "config",
            "force",
            "max-result-buffer",
            "max-retry-attempts",
            "peer-heartbeat-interval",
            "peer-election-timeout",
            "retry-interval",
            "snapshot",
            "v",
            "vv")) {
      t.ignored(name, TEXT, "", "etcd has not used it since its first versions");
    }
    for (String name : List.of("address", "service-name", "instance-id", "sampling-rate")) {
      t.ignored("distributed-tracing-" + name, TEXT, "", "there is no tracing");
    }
  }

  /** Collects the flags. */
  private static final class Table {
    final Map<String, Flag> flags = new LinkedHashMap<>();

    void used(String name, String help, BiConsumer<QuorateOptions, String> effect) {
      used(name, "", help, effect);
    }

    void used(
        String name, String defaultValue, String help, BiConsumer<QuorateOptions, String> effect) {
      add(new Flag(name, TEXT, defaultValue, Support.USED, help, effect, ""));
    }

    void ignored(String name, Kind kind, String defaultValue, String because) {
      add(new Flag(name, kind, defaultValue, Support.IGNORED, "", null, because));
    }

    void refused(String name, Kind kind, String defaultValue, String because) {
      add(new Flag(name, kind, defaultValue, Support.REFUSED, "", null, because));
    }

    void add(Flag flag) {
      if (flags.put(flag.name(), flag) != null) {
        throw new IllegalStateException("two flags are called " + flag.name());
      }
    }
  }
}
