package io.quorate.vertx.member.options;

import io.quorate.vertx.member.fault.ConfigurationException;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads flags and their values from a map, such as the content of a configuration file. */
public final class Entries {
  private static final Map<String, Map<String, String>> SECTIONS =
      Map.of(
          "client-transport-security",
          sorted(
              Map.of(
                  "cert-file", "cert-file",
                  "key-file", "key-file",
                  "trusted-ca-file", "trusted-ca-file",
                  "client-cert-auth", "client-cert-auth",
                  "client-cert-file", "client-cert-file",
                  "client-key-file", "client-key-file",
                  "auto-tls", "auto-tls",
                  "crl-file", "client-crl-file",
                  "allowed-hostname", "client-cert-allowed-hostname")),
          "peer-transport-security",
          sorted(
              Map.of(
                  "cert-file", "peer-cert-file",
                  "key-file", "peer-key-file",
                  "trusted-ca-file", "peer-trusted-ca-file",
                  "client-cert-auth", "peer-client-cert-auth",
                  "client-cert-file", "peer-client-cert-file",
                  "client-key-file", "peer-client-key-file",
                  "auto-tls", "peer-auto-tls",
                  "allowed-cn", "peer-cert-allowed-cn",
                  "allowed-hostname", "peer-cert-allowed-hostname",
                  "skip-client-san-verification", "peer-skip-client-san-verification")));

  /** Keys of older sample files that etcd skips without a word. */
  private static final Set<String> FORMER_KEYS =
      Set.of(
          "enable-v2",
          "proxy-failure-wait",
          "proxy-refresh-interval",
          "proxy-dial-timeout",
          "proxy-write-timeout",
          "proxy-read-timeout");

  private static Map<String, String> sorted(Map<String, String> map) {
    return Collections.unmodifiableMap(new TreeMap<>(map));
  }

  private Entries() {}

  /**
   * @param source where the entries come from, for error messages
   * @throws ConfigurationException naming the first key that is unknown or has a wrong value
   */
  public static Map<Flag, String> read(String source, Map<?, ?> entries) {
    Map<Flag, String> values = new LinkedHashMap<>();
    entries.forEach((key, value) -> readEntry(source, String.valueOf(key), value, values));
    return values;
  }

  private static void readEntry(
      String source, String key, @Nullable Object value, Map<Flag, String> values) {
    if (value == null || FORMER_KEYS.contains(key)) {
      return;
    }
    if (key.equals("proxy")) {
      if (!String.valueOf(value).equals("off")) {
        throw new ConfigurationException(
            source + ": has 'proxy: " + value + "', and there is no v2 proxy; remove it");
      }
      return;
    }
    Map<String, String> section = SECTIONS.get(key);
    if (section != null) {
      readSection(source, key, section, value, values);
      return;
    }
    Flag flag = Flags.find(key);
    if (flag == null || flag.name().equals(Flags.CONFIG_FILE)) {
      String nearest = flag == null ? Flags.nearest(key) : null;
      throw new ConfigurationException(
          source
              + ": has the unknown key '"
              + key
              + "'"
              + (nearest == null ? "; remove it" : "; did you mean '" + nearest + "'?"));
    }
    values.put(flag, text(source, flag, value));
  }

  /** Reads one of the two TLS sections, where the flags have shorter names. */
  private static void readSection(
      String source,
      String section,
      Map<String, String> flags,
      Object value,
      Map<Flag, String> values) {
    if (!(value instanceof Map<?, ?> entries)) {
      throw new ConfigurationException(
          source + ": '" + section + "' must be a section: 'cert-file: path' and so on");
    }
    entries.forEach(
        (key, entry) -> {
          Flag flag = Flags.find(flags.getOrDefault(String.valueOf(key), ""));
          if (flag == null) {
            throw new ConfigurationException(
                source
                    + ": has the unknown key '"
                    + key
                    + "' in "
                    + section
                    + "; known are "
                    + flags.keySet());
          }
          if (entry != null) {
            values.put(flag, text(source, flag, entry));
          }
        });
  }

  private static String text(String source, Flag flag, Object value) {
    if (value instanceof Map<?, ?>) {
      throw new ConfigurationException(
          source + ": '" + flag.name() + "' must be a value, not a section");
    }
    if (value instanceof Collection<?> list) {
      return String.join(",", list.stream().map(String::valueOf).toList());
    }
    if (flag.kind() == Flag.Kind.DURATION && value instanceof Number) {
      // In etcd's configuration files, durations that are numbers are nanoseconds.
      return value + "ns";
    }
    return String.valueOf(value);
  }
}
