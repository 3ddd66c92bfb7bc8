package io.quorate.vertx.service.server;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks arguments. Each method fails with a message that names the wrong argument. */
final class ArgumentChecks {
  private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{1,16}");

  private ArgumentChecks() {}

  static <T> T required(String name, @Nullable T value) {
    if (value == null) {
      throw ServerFailures.wrong(name, "is missing");
    }
    return value;
  }

  static String notEmpty(String name, @Nullable String value) {
    if (required(name, value).isEmpty()) {
      throw ServerFailures.wrong(name, "must not be empty");
    }
    return value == null ? "" : value;
  }

  static List<String> notEmpty(String name, List<String> values) {
    if (values.isEmpty()) {
      throw ServerFailures.wrong(name, "must not be empty");
    }
    return values;
  }

  static long notNegative(String name, long value) {
    return between(name, 0, Long.MAX_VALUE, value);
  }

  static long between(String name, long least, long most, long value) {
    if (value < least) {
      throw ServerFailures.wrong(name, "must be at least " + least + ", not " + value);
    }
    if (value > most) {
      throw ServerFailures.wrong(name, "must be at most " + most + ", not " + value);
    }
    return value;
  }

  /** A number in hex that is not 0. */
  static long id(String name, @Nullable String value) {
    String text = required(name, value);
    long id = HEX.matcher(text).matches() ? Long.parseUnsignedLong(text, 16) : 0;
    if (id == 0) {
      throw ServerFailures.wrong(name, "must be an id in hex, not '" + text + "'");
    }
    return id;
  }

  /** As {@link #id}; 0 if there is none. */
  static long idOrNone(String name, @Nullable String value) {
    return value == null ? 0 : id(name, value);
  }

  static String hex(long id) {
    return Long.toHexString(id);
  }
}
