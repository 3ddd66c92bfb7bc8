package io.quorate.vertx.member.options;

import io.quorate.vertx.member.options.Flag.Kind;
import io.quorate.vertx.member.options.QuorateOptions.LogFormat;
import io.quorate.vertx.member.tls.TlsLimits.TlsVersion;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * The text form of an option's value, on the command line and everywhere else.
 *
 * @param parser throws IllegalArgumentException with advice if the text is not a value
 * @param writer the reverse, used by {@code --help}
 */
record Format<T>(Kind kind, Function<String, T> parser, Function<T, String> writer) {

  static final Format<String> TEXT = text(value -> value, value -> value);
  static final Format<Boolean> BOOLEAN =
      new Format<>(Kind.BOOLEAN, Boolean::parseBoolean, String::valueOf);

  /** A duration in milliseconds, written like Go's durations. */
  static final Format<Long> MILLIS =
      new Format<>(Kind.DURATION, GoDuration::parseMillis, GoDuration::ofMillis);

  static final Format<Path> PATH = text(Format::path, Path::toString);
  static final Format<List<URI>> URLS = text(Format::urls, Format::join);
  static final Format<Map<String, List<URI>>> MEMBERS = text(Format::members, Format::show);
  static final Format<List<String>> NAMES = text(Format::names, names -> String.join(",", names));
  static final Format<TlsVersion> TLS_VERSION = text(Format::version, String::valueOf);
  static final Format<FeatureGates> FEATURE_GATES =
      text(FeatureGates::parse, FeatureGates::toString);
  static final Format<LogFormat> LOG_FORMAT = text(Format::logFormat, Format::lowerCase);

  private static <T> Format<T> text(Function<String, T> parser, Function<T, String> writer) {
    return new Format<>(Kind.TEXT, parser, writer);
  }

  /**
   * @param unit in the plural, for error messages
   */
  static Format<Long> number(String unit) {
    return text(value -> number(value, unit), String::valueOf);
  }

  /**
   * @param unit in the plural, for error messages
   */
  static Format<Integer> integer(String unit) {
    return text(
        value -> {
          long number = number(value, unit);
          if (number != (int) number) {
            throw new IllegalArgumentException(
                "must be between -2147483648 and 2147483647 " + unit);
          }
          return (int) number;
        },
        String::valueOf);
  }

  /**
   * @param advice the error message for any other text
   */
  static <E extends Enum<E>> Format<E> oneOf(Class<E> type, String advice) {
    return text(value -> oneOf(type, value, advice), Format::lowerCase);
  }

  T parse(String value) {
    return parser.apply(value);
  }

  String show(T value) {
    return writer.apply(value);
  }

  private static Path path(String value) {
    if (value.isBlank()) {
      throw new IllegalArgumentException("must not be empty; name a directory");
    }
    return FileNames.path(value);
  }

  private static TlsVersion version(String value) {
    TlsVersion version = TlsVersion.of(value);
    if (version == null) {
      throw new IllegalArgumentException("must be TLS1.2 or TLS1.3");
    }
    return version;
  }

  private static List<String> names(String value) {
    return value.isBlank() ? List.of() : List.of(value.strip().split("\\s*,\\s*", -1));
  }

  private static List<URI> urls(String value) {
    List<URI> urls = new ArrayList<>();
    for (String part : value.split(",", -1)) {
      urls.add(url(part.strip()));
    }
    return urls;
  }

  private static URI url(String text) {
    try {
      return URI.create(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("'" + text + "' is not a URL; write http://host:port", e);
    }
  }

  static String join(List<URI> urls) {
    return String.join(",", urls.stream().map(URI::toString).toList());
  }

  /** {@code name=url,name=url}; several URLs may have the same name. */
  private static Map<String, List<URI>> members(String value) {
    Map<String, List<URI>> members = new LinkedHashMap<>();
    for (String part : value.split(",", -1)) {
      int equals = part.indexOf('=');
      if (equals < 0) {
        throw new IllegalArgumentException(
            "'" + part + "' is not a member; write name=http://host:port,name=http://host:port");
      }
      members
          .computeIfAbsent(part.substring(0, equals).strip(), name -> new ArrayList<>())
          .add(url(part.substring(equals + 1).strip()));
    }
    return members;
  }

  static String show(Map<String, List<URI>> cluster) {
    List<String> parts = new ArrayList<>();
    cluster.forEach((member, urls) -> urls.forEach(url -> parts.add(member + "=" + url)));
    return String.join(",", parts);
  }

  /** {@code console} is etcd's name for the text format. */
  private static LogFormat logFormat(String value) {
    return value.equals("console")
        ? LogFormat.TEXT
        : oneOf(LogFormat.class, value, "must be json, text or auto");
  }

  private static long number(String value, String unit) {
    try {
      return Long.parseLong(value.strip());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("must be a whole number of " + unit + ", in digits", e);
    }
  }

  private static <E extends Enum<E>> E oneOf(Class<E> type, String value, String advice) {
    for (E constant : type.getEnumConstants()) {
      if (lowerCase(constant).equals(value)) {
        return constant;
      }
    }
    throw new IllegalArgumentException(advice);
  }

  private static String lowerCase(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
