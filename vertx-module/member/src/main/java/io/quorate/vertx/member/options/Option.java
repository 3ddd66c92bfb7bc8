package io.quorate.vertx.member.options;

import io.quorate.vertx.member.fault.ConfigurationException;
import org.jspecify.annotations.Nullable;

/**
 * One option, defined by its row in {@link Options}. The flag, the environment variable, the key in
 * the configuration file and the line of {@code --help} are all derived from it.
 *
 * @param <T> type of the value
 */
public final class Option<T> {

  /** A condition on a value that its type does not express. */
  interface Bound<T> {
    /**
     * @param flag the flag to name in the error message
     * @throws ConfigurationException if the value does not meet the condition
     */
    void check(String flag, T value);
  }

  private final String name;
  private final Format<T> format;
  private final @Nullable T defaultValue;
  private final String shownDefault;
  private final String help;
  private final Bound<T> bound;

  /**
   * @param name without dashes; etcd's name if etcd has the flag
   * @param defaultValue null if the default is derived from other options, or there is none
   * @param shownDefault as {@code --help} shows it
   */
  Option(
      String name,
      Format<T> format,
      @Nullable T defaultValue,
      String shownDefault,
      String help,
      Bound<T> bound) {
    this.name = name;
    this.format = format;
    this.defaultValue = defaultValue;
    this.shownDefault = shownDefault;
    this.help = help;
    this.bound = bound;
  }

  /** The name of the flag, without dashes. */
  public String name() {
    return name;
  }

  /** Null if the default is derived from other options, or there is none. */
  public @Nullable T defaultValue() {
    return defaultValue;
  }

  /** The description in {@code --help}. */
  public String help() {
    return help;
  }

  /**
   * @throws IllegalArgumentException if the text is not a value; the message is advice
   */
  public T parse(String text) {
    return format.parse(text);
  }

  /** The flag of this option. */
  Flag flag() {
    return new Flag(name, format.kind(), shownDefault, Flag.Support.USED, help, this::apply, "");
  }

  /** Sets the value. An empty text unsets an option that has no default. */
  private void apply(QuorateOptions options, String text) {
    if (text.isBlank() && shownDefault.isEmpty()) {
      options.unset(this);
    } else {
      options.set(this, format.parse(text));
    }
  }

  /**
   * @throws ConfigurationException naming the flag, the value and the accepted values
   */
  void check(T value) {
    bound.check(name, value);
  }

  @Override
  public String toString() {
    return "--" + name;
  }
}
