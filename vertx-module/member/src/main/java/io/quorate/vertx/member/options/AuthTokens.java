package io.quorate.vertx.member.options;

import io.quorate.vertx.member.fault.ConfigurationException;

/** Values of the option for tokens. */
public final class AuthTokens {
  /** Random tokens that members tell each other. */
  public static final String SIMPLE = "simple";

  /** Signed tokens; other options follow, separated by commas. */
  public static final String JWT = "jwt";

  private AuthTokens() {}

  public static boolean isJwt(String value) {
    return value.equals(JWT) || value.startsWith(JWT + ",");
  }

  static void check(String flag, String value) {
    if (!value.equals(SIMPLE) && !isJwt(value)) {
      throw new ConfigurationException(flag, value, "must be simple, or jwt with its options");
    }
  }
}
