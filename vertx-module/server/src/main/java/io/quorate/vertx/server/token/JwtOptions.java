package io.quorate.vertx.server.token;

import io.quorate.vertx.member.fault.ConfigurationException;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What {@code --auth-token=jwt,…} says, with etcd's names.
 *
 * @param signMethod as JWT names it
 * @param publicKey PEM; null for a secret, and for a member that only signs
 * @param privateKey PEM, or the secret of a symmetric method; null for a member that only verifies
 * @param ttl how long a token is valid
 */
record JwtOptions(
    String signMethod, @Nullable Buffer publicKey, @Nullable Buffer privateKey, Duration ttl) {
  private static final String FLAG = "auth-token";
  private static final Duration DEFAULT_TTL = Duration.ofMinutes(5);
  private static final Set<String> NAMES = Set.of("pub-key", "priv-key", "sign-method", "ttl");
  private static final Set<String> METHODS =
      Set.of(
          "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
          "HS256", "HS384", "HS512");

  /**
   * @param value of the flag
   * @throws ConfigurationException it is not valid, or a file cannot be read
   */
  static JwtOptions of(String value) {
    Map<String, String> parts = new LinkedHashMap<>();
    String[] texts = value.split(",", -1);
    for (int i = 1; i < texts.length; i++) {
      String[] pair = texts[i].split("=", -1);
      if (pair.length != 2 || !NAMES.contains(pair[0])) {
        throw new ConfigurationException(
            FLAG, value, "'" + texts[i] + "' is none of pub-key=, priv-key=, sign-method=, ttl=");
      }
      if (parts.put(pair[0], pair[1]) != null) {
        throw new ConfigurationException(FLAG, value, pair[0] + " is there twice");
      }
    }
    String method = parts.getOrDefault("sign-method", "");
    if (!METHODS.contains(method)) {
      throw new ConfigurationException(
          FLAG,
          value,
          "sign-method must be one of RS, PS, ES and HS with 256, 384 or 512, or EdDSA");
    }
    Buffer publicKey = read(value, parts.get("pub-key"));
    Buffer privateKey = read(value, parts.get("priv-key"));
    boolean symmetric = method.startsWith("HS");
    if (symmetric ? privateKey == null : publicKey == null) {
      throw new ConfigurationException(
          FLAG, value, symmetric ? "priv-key must name the secret" : "pub-key must name a key");
    }
    return new JwtOptions(method, symmetric ? null : publicKey, privateKey, ttl(value, parts));
  }

  private static Duration ttl(String value, Map<String, String> parts) {
    String text = parts.get("ttl");
    if (text == null || text.isEmpty()) {
      return DEFAULT_TTL;
    }
    Duration ttl;
    try {
      // Go writes 1h5m10s for what Java writes PT1H5M10S
      ttl = Duration.parse("PT" + text);
    } catch (java.time.format.DateTimeParseException e) {
      throw new ConfigurationException(FLAG, value, "ttl must be a duration like 5m or 1h30m");
    }
    if (ttl.toSeconds() < 1) {
      throw new ConfigurationException(FLAG, value, "ttl must be at least 1s");
    }
    return ttl;
  }

  private static @Nullable Buffer read(String value, @Nullable String file) {
    if (file == null || file.isEmpty()) {
      return null;
    }
    try {
      return Buffer.buffer(Files.readAllBytes(Path.of(file)));
    } catch (IOException | java.nio.file.InvalidPathException e) {
      throw new ConfigurationException(FLAG, value, file + " cannot be read: " + e);
    }
  }
}
