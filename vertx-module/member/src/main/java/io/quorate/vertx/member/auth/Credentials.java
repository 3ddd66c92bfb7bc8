package io.quorate.vertx.member.auth;

import io.quorate.command.Caller;
import org.jspecify.annotations.Nullable;

/**
 * What a request came with.
 *
 * @param token null if there was none; else it counts alone, whatever the certificate says
 * @param certificate what the connection's certificate says
 */
public record Credentials(@Nullable String token, Caller certificate) {
  /** Without the token, as this may end in a log. */
  @Override
  public String toString() {
    return "Credentials[" + (token == null ? certificate : "a token") + "]";
  }
}
