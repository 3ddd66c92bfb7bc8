package io.quorate.vertx.member.options;

import org.jspecify.annotations.Nullable;

/** Booleans in the spellings that Go accepts. */
final class GoBoolean {
  private GoBoolean() {}

  /** Null if the text is no boolean. */
  static @Nullable Boolean parse(String text) {
    return switch (text) {
      case "1", "t", "T", "true", "TRUE", "True" -> Boolean.TRUE;
      case "0", "f", "F", "false", "FALSE", "False" -> Boolean.FALSE;
      default -> null;
    };
  }
}
