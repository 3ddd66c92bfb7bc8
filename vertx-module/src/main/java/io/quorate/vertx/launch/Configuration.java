package io.quorate.vertx.launch;

import io.quorate.vertx.ConfigurationException;
import io.quorate.vertx.QuorateOptions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a member is to be, from all places where that can be said: a flag wins over its environment
 * variable, and a configuration file over both, whole, as with etcd.
 *
 * @param notes lines for the log, once there is one
 */
record Configuration(QuorateOptions options, List<Note> notes) {
  private static final String PREFIX = "QUORATE_";
  private static final String ETCD_PREFIX = "ETCD_";

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

  private static Map<String, String> sorted(Map<String, String> map) {
    return Collections.unmodifiableMap(new TreeMap<>(map));
  }

  /** A line for the log. */
  record Note(boolean isWarning, String text) {}

  /**
   * @throws ConfigurationException if a value is wrong
   */
  static Configuration resolve(Map<Flag, String> flags, Map<String, String> environment) {
    List<Note> notes = new ArrayList<>();
    Map<Flag, String> fromEnvironment = readEnvironment(environment, notes);
    Map<Flag, String> values = new LinkedHashMap<>(fromEnvironment);
    values.putAll(flags);

    Flag configFile = configFile();
    String file = values.remove(configFile);
    if (file != null && !file.isEmpty()) {
      if (!values.isEmpty()) {
        notes.add(
            new Note(
                true,
                "--config-file="
                    + file
                    + " is used, so these are ignored: "
                    + String.join(
                        ", ", values.keySet().stream().map(f -> "--" + f.name()).toList())));
      }
      values = readFile(file);
    }

    QuorateOptions options = new QuorateOptions();
    values.forEach(
        (flag, value) -> {
          String note = flag.apply(options, value);
          if (note != null) {
            notes.add(new Note(false, note));
          }
        });
    return new Configuration(options.validate(), List.copyOf(notes));
  }

  private static Flag configFile() {
    Flag flag = Flags.find(Flags.CONFIG_FILE);
    if (flag == null) {
      throw new IllegalStateException("the table of flags has no --" + Flags.CONFIG_FILE);
    }
    return flag;
  }

  private static Map<Flag, String> readEnvironment(
      Map<String, String> environment, List<Note> notes) {
    Map<Flag, String> values = new LinkedHashMap<>();
    // Sorted, so that the notes have one order.
    new TreeMap<>(environment)
        .forEach(
            (variable, value) -> {
              Flag flag = null;
              if (variable.startsWith(PREFIX)) {
                flag = flagOf(variable.substring(PREFIX.length()));
                if (flag == null) {
                  notes.add(new Note(true, variable + " is not known and ignored"));
                } else {
                  values.put(flag, value);
                }
              } else if (variable.startsWith(ETCD_PREFIX)) {
                flag = flagOf(variable.substring(ETCD_PREFIX.length()));
                if (flag != null) {
                  notes.add(
                      new Note(true, variable + " is ignored; set " + flag.environmentVariable()));
                }
              }
            });
    return values;
  }

  private static @Nullable Flag flagOf(String variablePart) {
    return Flags.find(variablePart.toLowerCase(Locale.ROOT).replace('_', '-'));
  }

  private static Map<Flag, String> readFile(String file) {
    Object document = ConfigurationFile.load(file);
    if (document == null) {
      return Map.of();
    }
    if (!(document instanceof Map<?, ?> map)) {
      throw new ConfigurationException(
          Flags.CONFIG_FILE, file, "must hold flag names and their values: 'name: value'");
    }
    return readEntries("--" + Flags.CONFIG_FILE + "=" + file, map);
  }

  /**
   * @param source for people
   */
  static Map<Flag, String> readEntries(String source, Map<?, ?> entries) {
    Map<Flag, String> values = new LinkedHashMap<>();
    entries.forEach((key, value) -> readEntry(source, String.valueOf(key), value, values));
    return values;
  }

  private static void readEntry(
      String source, String key, @Nullable Object value, Map<Flag, String> values) {
    if (value == null) {
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

  /** In the two sections for TLS, flags have shorter names. */
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
      // etcd's files hold durations as nanoseconds.
      return value + "ns";
    }
    return String.valueOf(value);
  }
}
