package io.quorate.vertx.member.options;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations in Go's syntax: {@code 300ms}, {@code 5s}, {@code 1h30m}, {@code 1.5h}. */
final class GoDuration {
  private static final Map<String, Long> NANOS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "\u00b5s", 1_000L,
          "\u03bcs", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);
  private static final Pattern PART =
      Pattern.compile("(\\d+(?:\\.\\d*)?|\\.\\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)");

  private GoDuration() {}

  /**
   * @throws IllegalArgumentException if it is not a duration, or longer than 292 years
   */
  static long parseNanos(String text) {
    boolean negative = text.startsWith("-");
    String rest = negative || text.startsWith("+") ? text.substring(1) : text;
    if (rest.equals("0")) {
      return 0;
    }
    Matcher matcher = PART.matcher(rest);
    BigDecimal sum = BigDecimal.ZERO;
    int end = 0;
    while (matcher.find() && matcher.start() == end) {
      Long unit = NANOS.get(matcher.group(2));
      if (unit == null) {
        throw new IllegalStateException("the pattern names a unit that the table does not have");
      }
      sum = sum.add(new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(unit)));
      end = matcher.end();
    }
    if (end == 0 || end != rest.length()) {
      throw new IllegalArgumentException("not a duration; write it like 300ms, 5s, 10m or 1h30m");
    }
    if (sum.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
      throw new IllegalArgumentException("too long for a duration");
    }
    return negative ? -sum.longValue() : sum.longValue();
  }

  /** In milliseconds, rounded up so that a positive duration stays positive. */
  static long parseMillis(String text) {
    long nanos = parseNanos(text);
    return nanos <= 0 ? nanos / 1_000_000 : (nanos - 1) / 1_000_000 + 1;
  }

  /** Written in the largest unit that needs no fraction. */
  static String ofMillis(long millis) {
    for (String unit : List.of("h", "m", "s")) {
      long unitMillis = NANOS.getOrDefault(unit, 1L) / 1_000_000;
      if (millis != 0 && millis % unitMillis == 0) {
        return millis / unitMillis + unit;
      }
    }
    return millis == 0 ? "0s" : millis + "ms";
  }
}
