package io.quorate.vertx.member.options;

import io.quorate.vertx.member.fault.ConfigurationException;
import org.jspecify.annotations.Nullable;

/**
 * One thing that can be configured: everything there is to know about it stands in its row of
 * {@link Options}, and nowhere else. The flag, the environment variable, the key in the
 * configuration file and the line of {@code --help} are made of it.
 *
 * @param <T> what a value is
 */
public final class Option<T> {

  /** What a value must be beside having the right form. */
  interface Bound<T> {
    /**
     * @param flag to be named where the value is not within the bound
     * @throws ConfigurationException it is not
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
   * @param name etcd's, where etcd has the flag; without dashes
   * @param defaultValue null if the default follows from other options, or there is none
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

  /** The flag, without dashes. */
  public String name() {
    return name;
  }

  /** Null if it follows from other options, or there is none. */
  public @Nullable T defaultValue() {
    return defaultValue;
  }

  /** What {@code --help} says. */
  public String help() {
    return help;
  }

  /**
   * @throws IllegalArgumentException it is none; the message is advice
   */
  public T parse(String text) {
    return format.parse(text);
  }

  /** The row of the table of flags. */
  Flag flag() {
    return new Flag(name, format.kind(), shownDefault, Flag.Support.USED, help, this::apply, "");
  }

  /** Where the default is nothing, writing nothing means it. */
  private void apply(QuorateOptions options, String text) {
    if (text.isBlank() && shownDefault.isEmpty()) {
      options.unset(this);
    } else {
      options.set(this, format.parse(text));
    }
  }

  /**
   * @throws ConfigurationException naming the flag, the value and what it should be
   */
  void check(T value) {
    bound.check(name, value);
  }

  @Override
  public String toString() {
    return "--" + name;
  }
}
