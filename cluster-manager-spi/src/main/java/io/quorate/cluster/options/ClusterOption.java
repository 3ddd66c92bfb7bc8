package io.quorate.cluster.options;

import org.jspecify.annotations.Nullable;

/**
 * A row of {@link ClusterOptions}.
 *
 * @param name in JSON; the names of the environment variable and of the system property follow
 * @param defaultValue null if there is none, or if it follows from other options
 * @param shownDefault for the guide
 * @param help for the guide, in Markdown
 * @param <T> the type of the value
 */
record ClusterOption<T>(
    String name, Form<T> form, @Nullable T defaultValue, String shownDefault, String help) {

  /** How a value is read and written, and which values are allowed. */
  interface Form<T> {

    /**
     * @param value as in JSON, or as text
     * @throws IllegalArgumentException saying what it must be, without the option's name
     */
    T read(Object value);

    /**
     * @throws IllegalArgumentException saying what it must be, without the option's name
     */
    T check(T value);

    /** Null if nothing is to be written. */
    default @Nullable Object toJson(T value) {
      return value;
    }
  }

  /**
   * @throws IllegalArgumentException naming the option
   */
  T read(@Nullable Object value) {
    if (value == null) {
      throw refused("must have a value");
    }
    try {
      return form.check(form.read(value));
    } catch (IllegalArgumentException e) {
      throw refused(e.getMessage());
    }
  }

  /**
   * @throws IllegalArgumentException naming the option
   */
  T check(T value) {
    try {
      return form.check(value);
    } catch (IllegalArgumentException e) {
      throw refused(e.getMessage());
    }
  }

  IllegalArgumentException refused(@Nullable String reason) {
    return new IllegalArgumentException(name + ": " + reason);
  }

  @Override
  public String toString() {
    return name;
  }
}
