package io.quorate.vertx.member.options;

import io.quorate.vertx.member.fault.ConfigurationException;
import java.util.Locale;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One flag of the server's command line.
 *
 * @param name without dashes
 * @param defaultValue as {@code --help} shows it
 * @param effect sets the option; null if the flag has no effect
 * @param note why the flag has no effect, or why it is refused
 */
public record Flag(
    String name,
    Kind kind,
    String defaultValue,
    Support support,
    String help,
    @Nullable BiConsumer<QuorateOptions, String> effect,
    String note) {

  /** The form of a value. */
  public enum Kind {
    TEXT,
    BOOLEAN,
    DURATION
  }

  /** How a value is treated. */
  public enum Support {
    /** The value takes effect. */
    USED,
    /** The value is accepted for compatibility with etcd; a log line says that it has no effect. */
    IGNORED,
    /**
     * Only the default is accepted: the feature that another value asks for does not exist here.
     */
    REFUSED
  }

  /**
   * The environment variable of the flag: for {@code --data-dir} it is {@code QUORATE_DATA_DIR}.
   */
  public String environmentVariable() {
    return "QUORATE_" + name.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  /** The value of a flag that is given without one; null if it needs a value. */
  public @Nullable String valueIfBare() {
    return kind == Kind.BOOLEAN ? "true" : null;
  }

  /**
   * Sets a value in the options.
   *
   * @return a line for the log if the value has no effect, else null
   * @throws ConfigurationException if the value is wrong or not supported
   */
  public @Nullable String apply(QuorateOptions options, String given) {
    String value = checked(given);
    switch (support) {
      case USED -> {
        if (effect == null) {
          throw new IllegalStateException("--" + name + " is used but has no effect");
        }
        try {
          effect.accept(options, value);
        } catch (IllegalArgumentException e) {
          throw new ConfigurationException(name, given, String.valueOf(e.getMessage()));
        }
        return null;
      }
      case IGNORED -> {
        return "--" + name + " is accepted and changes nothing: " + note;
      }
      case REFUSED -> {
        if (!value.equals(defaultValue)) {
          throw new ConfigurationException(name, given, note);
        }
        return null;
      }
    }
    throw new IllegalStateException("no such support: " + support);
  }

  private String checked(String value) {
    switch (kind) {
      case TEXT -> {
        return value;
      }
      case BOOLEAN -> {
        return Boolean.toString(parseBoolean(value));
      }
      case DURATION -> {
        try {
          long nanos = GoDuration.parseNanos(value);
          // A default can be written in several ways, such as "0s", "0" and "0h".
          return nanos == 0 ? "0s" : value;
        } catch (IllegalArgumentException e) {
          throw new ConfigurationException(name, value, String.valueOf(e.getMessage()));
        }
      }
    }
    throw new IllegalStateException("no such kind: " + kind);
  }

  /** Accepts the same spellings as Go. */
  private boolean parseBoolean(String value) {
    Boolean parsed = GoBoolean.parse(value);
    if (parsed == null) {
      throw new ConfigurationException(name, value, "must be true or false");
    }
    return parsed;
  }
}
