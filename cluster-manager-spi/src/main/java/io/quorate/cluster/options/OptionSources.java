package io.quorate.cluster.options;

import io.quorate.vertx.client.log.Logger;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where options come from if the application passes none: a JSON file, named by the system property
 * {@value #PROPERTY} or the environment's {@value #VARIABLE} (a path, or {@code classpath:name}),
 * else {@value #DEFAULT_FILE} on the class path, else the defaults. Single values override it: the
 * environment's {@code QUORATE_CLUSTER_<NAME>}, with words separated by underscores, and, before
 * those, the system properties {@code quorate.cluster.<name>}.
 */
public final class OptionSources {
  public static final String PROPERTY = "vertx.quorate.config";
  public static final String VARIABLE = "QUORATE_CLUSTER_CONFIG";
  public static final String DEFAULT_FILE = "quorate-cluster.json";

  private static final Logger LOG = Logger.getLogger(OptionSources.class);
  private static final String CLASSPATH = "classpath:";
  private static final String SINGLE_PROPERTY = "quorate.cluster.";
  private static final String SINGLE_VARIABLE = "QUORATE_CLUSTER_";

  private final Function<String, @Nullable String> properties;
  private final Iterable<String> propertyNames;
  private final Function<String, @Nullable String> environment;
  private final Iterable<String> variableNames;

  OptionSources(
      Function<String, @Nullable String> properties,
      Iterable<String> propertyNames,
      Function<String, @Nullable String> environment,
      Iterable<String> variableNames) {
    this.properties = properties;
    this.propertyNames = propertyNames;
    this.environment = environment;
    this.variableNames = variableNames;
  }

  /**
   * The options of this process; logs them and where they come from.
   *
   * @throws IllegalArgumentException naming the file or option that is wrong
   */
  public static QuorateClusterOptions load() {
    return new OptionSources(
            System::getProperty,
            new ArrayList<>(System.getProperties().stringPropertyNames()),
            System::getenv,
            System.getenv().keySet())
        .read();
  }

  QuorateClusterOptions read() {
    List<String> sources = new ArrayList<>();
    QuorateClusterOptions options = fromFile(sources);
    for (String name : new TreeSet<>(QuorateClusterOptions.names())) {
      override(options, name, SINGLE_VARIABLE + variable(name), environment, sources);
    }
    for (String name : new TreeSet<>(QuorateClusterOptions.names())) {
      override(options, name, SINGLE_PROPERTY + name, properties, sources);
    }
    refuseUnknown();
    options.validate();
    LOG.info("cluster options from {}: {}", sources, options);
    return options;
  }

  private QuorateClusterOptions fromFile(List<String> sources) {
    String named = properties.apply(PROPERTY);
    String by = "system property " + PROPERTY;
    if (named == null) {
      named = environment.apply(VARIABLE);
      by = "environment " + VARIABLE;
    }
    if (named != null) {
      String text =
          named.startsWith(CLASSPATH)
              ? resource(named.substring(CLASSPATH.length()))
              : file(Path.of(named));
      if (text == null) {
        throw new IllegalArgumentException(by + "=" + named + ": there is no such file");
      }
      sources.add(named);
      return parse(named, text);
    }
    String text = resource(DEFAULT_FILE);
    sources.add(text == null ? "defaults" : CLASSPATH + DEFAULT_FILE);
    return text == null ? new QuorateClusterOptions() : parse(DEFAULT_FILE, text);
  }

  private static QuorateClusterOptions parse(String where, String text) {
    try {
      return new QuorateClusterOptions(new JsonObject(text));
    } catch (DecodeException e) {
      throw new IllegalArgumentException(where + ": is no JSON object: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
    }
  }

  private static @Nullable String file(Path path) {
    try {
      return Files.exists(path) ? Files.readString(path) : null;
    } catch (IOException e) {
      throw new IllegalArgumentException(path + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static @Nullable String resource(String name) {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    ClassLoader loader = context != null ? context : OptionSources.class.getClassLoader();
    try (InputStream in = loader.getResourceAsStream(name)) {
      return in == null ? null : new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalArgumentException(name + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static void override(
      QuorateClusterOptions options,
      String name,
      String key,
      Function<String, @Nullable String> values,
      List<String> sources) {
    String value = values.apply(key);
    if (value == null) {
      return;
    }
    try {
      options.set(name, value);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(key + ": " + e.getMessage(), e);
    }
    sources.add(key);
  }

  /** A misspelt name is an error, not ignored. */
  private void refuseUnknown() {
    TreeSet<String> variables = new TreeSet<>(List.of(VARIABLE));
    TreeSet<String> single = new TreeSet<>();
    for (String name : QuorateClusterOptions.names()) {
      variables.add(SINGLE_VARIABLE + variable(name));
      single.add(SINGLE_PROPERTY + name);
    }
    refuseUnknown(variableNames, SINGLE_VARIABLE, variables);
    refuseUnknown(propertyNames, SINGLE_PROPERTY, single);
  }

  private static void refuseUnknown(Iterable<String> present, String prefix, Set<String> known) {
    for (String name : present) {
      if (name.startsWith(prefix) && !known.contains(name)) {
        throw new IllegalArgumentException(name + ": there is no such option; known are " + known);
      }
    }
  }

  /** {@code joinTimeoutMillis} is {@code JOIN_TIMEOUT_MILLIS}. */
  private static String variable(String name) {
    return name.replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT);
  }
}
