package io.quorate.wire;

import java.util.List;
import java.util.stream.Collectors;

/** Writes JSON. */
public final class Json {
  private Json() {}

  public static String string(String string) {
    StringBuilder json = new StringBuilder("\"");
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < 0x20) {
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }

  public static String strings(List<String> strings) {
    return strings.stream().map(Json::string).collect(Collectors.joining(",", "[", "]"));
  }

  /** Numbers from 0 to 2^64 - 1. */
  public static String unsigned(List<Long> numbers) {
    return numbers.stream().map(Long::toUnsignedString).collect(Collectors.joining(",", "[", "]"));
  }
}
