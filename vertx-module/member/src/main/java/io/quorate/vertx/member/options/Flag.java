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
 * @param effect sets the option; null if the flag has none
 * @param note why it has no effect, or why it is refused
 */
public record Flag(
    String name,
    Kind kind,
    String defaultValue,
    Support support,
    String help,
    @Nullable BiConsumer<QuorateOptions, String> effect,
    String note) {

  /** What a value has to look like. */
  public enum Kind {
    TEXT,
    BOOLEAN,
    DURATION
  }

  /** What becomes of a value. */
  public enum Support {
    /** It takes effect. */
    USED,
    /** It is accepted for etcd's sake, and a log line says that it changes nothing. */
    IGNORED,
    /** A value other than the default would promise what is not there. */
    REFUSED
  }

  /** {@code --data-dir} is also {@code QUORATE_DATA_DIR}. */
  public String environmentVariable() {
    return "QUORATE_" + name.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  /** What the flag means if it stands alone; null if it must not. */
  public @Nullable String valueIfBare() {
    return kind == Kind.BOOLEAN ? "true" : null;
  }

  /**
   * Puts a value into the options.
   *
   * @return a line for the log if the value changes nothing, else null
   * @throws ConfigurationException if the value is wrong or not available
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
          // "0s", "0" and "0h" are the same default.
          return nanos == 0 ? "0s" : value;
        } catch (IllegalArgumentException e) {
          throw new ConfigurationException(name, value, String.valueOf(e.getMessage()));
        }
      }
    }
    throw new IllegalStateException("no such kind: " + kind);
  }

  /** The spellings that Go takes. */
  private boolean parseBoolean(String value) {
    return switch (value) {
      case "1", "t", "T", "true", "TRUE", "True" -> true;
      case "0", "f", "F", "false", "FALSE", "False" -> false;
      default -> throw new ConfigurationException(name, value, "must be true or false");
    };
  }
}
