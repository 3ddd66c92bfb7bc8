package io.quorate.vertx.member.options;

import java.util.concurrent.TimeUnit;

/** The text of {@code --auto-compaction-retention}: a number, or a duration in Go's syntax. */
final class Retention {
  /** In hours, the longest that a duration can be in milliseconds. */
  private static final long MAX_HOURS = TimeUnit.MILLISECONDS.toHours(Long.MAX_VALUE);

  private Retention() {}

  static boolean isNumber(String text) {
    return text.matches("[+-]?\\d+");
  }

  /**
   * @throws IllegalArgumentException if it is neither a number nor a duration, or too large
   */
  static long parse(String text) {
    return isNumber(text) ? number(text) : GoDuration.parseMillis(text);
  }

  /**
   * As a time.
   *
   * @param text a number, of hours, or a duration
   */
  static long millis(String text) {
    return isNumber(text) ? TimeUnit.HOURS.toMillis(number(text)) : GoDuration.parseMillis(text);
  }

  private static long number(String text) {
    try {
      long number = Long.parseLong(text);
      if (number <= MAX_HOURS) {
        return number;
      }
    } catch (NumberFormatException tooLong) {
      // says the same
    }
    throw new IllegalArgumentException("is too large");
  }
}
