package io.quorate.cluster.options;

import io.quorate.cluster.options.ClusterOption.Form;
import io.quorate.cluster.options.QuorateClusterOptions.Role;
import io.vertx.core.json.JsonArray;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The forms that values of options have. */
final class Forms {
  private static final long DAY_MILLIS = 86_400_000;

  private Forms() {}

  /** Text that is not blank, without the space around it. */
  static final Form<String> TEXT =
      new Form<>() {
        @Override
        public String read(Object value) {
          return text(value);
        }

        @Override
        public String check(String value) {
          return text(value);
        }
      };

  /** In JSON an array; as text, separated by commas. */
  static final Form<List<String>> TEXTS =
      new Form<>() {
        @Override
        public List<String> read(Object value) {
          if (value instanceof JsonArray array) {
            return array.stream().map(String::valueOf).toList();
          }
          return value.toString().isBlank() ? List.of() : List.of(value.toString().split(",", -1));
        }

        @Override
        public List<String> check(List<String> value) {
          return value.stream().map(Forms::text).toList();
        }

        @Override
        public @Nullable Object toJson(List<String> value) {
          return value.isEmpty() ? null : new JsonArray(value);
        }
      };

  static final Form<Role> ROLE =
      new Form<>() {
        @Override
        public Role read(Object value) {
          for (Role role : Role.values()) {
            if (role.name().equalsIgnoreCase(value.toString())) {
              return role;
            }
          }
          throw new IllegalArgumentException("must be member or client, not " + value);
        }

        @Override
        public Role check(Role value) {
          return value;
        }

        @Override
        public Object toJson(Role value) {
          return value.name().toLowerCase(Locale.ROOT);
        }
      };

  /** More than nothing and at most a day. */
  static final Form<Long> MILLIS = number(1, DAY_MILLIS);

  private static String text(Object value) {
    if (value instanceof String text && !text.isBlank()) {
      return text.trim();
    }
    throw new IllegalArgumentException("must be text that is not empty, not " + value);
  }

  /** A whole number of these bounds. */
  static Form<Long> number(long min, long max) {
    return new Form<>() {
      @Override
      public Long read(Object value) {
        return wholeNumber(value);
      }

      @Override
      public Long check(Long value) {
        return within(value, min, max);
      }
    };
  }

  /** A whole number of these bounds. */
  static Form<Integer> integer(int min, int max) {
    return new Form<>() {
      @Override
      public Integer read(Object value) {
        return (int) within(wholeNumber(value), min, max);
      }

      @Override
      public Integer check(Integer value) {
        return (int) within(value, min, max);
      }
    };
  }

  /** An odd number from 1 to {@code max}. */
  static Form<Integer> odd(int max) {
    Form<Integer> integer = integer(1, max);
    return new Form<>() {
      @Override
      public Integer read(Object value) {
        return integer.read(value);
      }

      @Override
      public Integer check(Integer value) {
        if (integer.check(value) % 2 == 0) {
          throw new IllegalArgumentException(
              "must be odd, not " + value + "; an even number bears no more failures");
        }
        return value;
      }
    };
  }

  private static long wholeNumber(Object value) {
    try {
      return Long.parseLong(value.toString().trim());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("must be a whole number, not " + value, e);
    }
  }

  private static long within(long number, long min, long max) {
    if (number < min || number > max) {
      throw new IllegalArgumentException(
          "must be between " + min + " and " + max + ", not " + number);
    }
    return number;
  }
}
