package io.quorate.vertx.server.launch;

import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.options.Entries;
import io.quorate.vertx.member.options.Flag;
import io.quorate.vertx.member.options.Flags;
import io.quorate.vertx.member.options.QuorateOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The options of a member from all sources: a flag overrides its environment variable ({@code
 * QUORATE_NAME}, else etcd's {@code ETCD_NAME}), and a configuration file replaces all flags and
 * variables, as in etcd.
 *
 * @param notes messages to be logged once the log is configured
 */
record Configuration(QuorateOptions options, List<Note> notes) {
  private static final String PREFIX = "QUORATE_";
  private static final String ETCD_PREFIX = "ETCD_";

  /** A message for the log. */
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
    readVariables(ETCD_PREFIX, environment, values, notes);
    readVariables(PREFIX, environment, values, notes); // wins over etcd's variable
    return values;
  }

  private static void readVariables(
      String prefix, Map<String, String> environment, Map<Flag, String> values, List<Note> notes) {
    // Sorted, so that the order of the notes does not vary.
    new TreeMap<>(environment)
        .forEach(
            (variable, value) -> {
              if (!variable.startsWith(prefix)) {
                return;
              }
              Flag flag = flagOf(variable.substring(prefix.length()));
              if (flag == null) {
                notes.add(new Note(true, variable + " is not known and ignored"));
              } else if (!value.isEmpty()) {
                values.put(flag, value); // an empty variable is no value, as in etcd
              }
            });
  }

  /** The value of a flag in the environment; empty if there is none. */
  static String variable(Flag flag, Map<String, String> environment) {
    String own = environment.getOrDefault(flag.environmentVariable(), "");
    String etcds = flag.environmentVariable().replaceFirst(PREFIX, ETCD_PREFIX);
    return own.isEmpty() ? environment.getOrDefault(etcds, "") : own;
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
    return Entries.read("--" + Flags.CONFIG_FILE + "=" + file, map);
  }
}
