package io.quorate.vertx.member.grpc;

import io.quorate.command.EtcdError;
import io.quorate.vertx.client.api.RpcException;
import io.vertx.core.MultiMap;
import io.vertx.grpc.common.GrpcStatus;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The request headers that etcd interprets. */
final class Metadata {
  /** The client set no deadline. */
  static final long NO_TIMEOUT = -1;

  private static final int MAX_TIMEOUT_DIGITS = 8;
  private static final String BEARER = "Bearer ";

  private Metadata() {}

  /** The token of the caller, null if there is none. */
  static @Nullable String token(MultiMap headers) {
    String token = headers.get("token");
    if (token == null) {
      token = headers.get("authorization");
    }
    return token != null && token.startsWith(BEARER) ? token.substring(BEARER.length()) : token;
  }

  static boolean requiresLeader(MultiMap headers) {
    return "true".equals(headers.get("hasleader"));
  }

  /**
   * @throws io.quorate.command.EtcdException INVALID_CLIENT_API_VERSION if the header is not valid
   *     UTF-8
   */
  static void checkClientApiVersion(MultiMap headers) {
    String version = headers.get("client-api-version");
    if (version != null && !isUtf8(version)) {
      throw EtcdError.INVALID_CLIENT_API_VERSION.exception();
    }
  }

  /** In the header value, each char is one byte. */
  private static boolean isUtf8(String value) {
    if (value.chars().allMatch(c -> c < 0x80)) {
      return true;
    }
    try {
      StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(value.getBytes(StandardCharsets.ISO_8859_1)));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  /**
   * {@code grpc-timeout} in milliseconds, rounded up; {@link #NO_TIMEOUT} if the header is missing.
   *
   * @throws RpcException INTERNAL if it is malformed
   */
  static long timeoutMillis(MultiMap headers) {
    String value = headers.get("grpc-timeout");
    if (value == null) {
      return NO_TIMEOUT;
    }
    int digits = value.length() - 1;
    if (digits < 1 || digits > MAX_TIMEOUT_DIGITS) {
      throw malformedTimeout(value);
    }
    long number = 0;
    for (int i = 0; i < digits; i++) {
      int digit = value.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        throw malformedTimeout(value);
      }
      number = number * 10 + digit;
    }
    return switch (value.charAt(digits)) {
      case 'H' -> number * 3_600_000;
      case 'M' -> number * 60_000;
      case 'S' -> number * 1_000;
      case 'm' -> number;
      case 'u' -> (number + 999) / 1_000;
      case 'n' -> (number + 999_999) / 1_000_000;
      default -> throw malformedTimeout(value);
    };
  }

  private static RpcException malformedTimeout(String value) {
    return new RpcException(GrpcStatus.INTERNAL, "malformed grpc-timeout: " + value);
  }
}
