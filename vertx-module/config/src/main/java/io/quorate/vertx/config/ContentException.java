package io.quorate.vertx.config;

import io.quorate.command.KeyValue;

/** The stored content is not a valid configuration. */
public final class ContentException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ContentException(KeyValue pair, String reason) {
    super("key '" + pair.key() + "' at revision " + pair.modRevision() + ": " + reason);
  }

  /**
   * The message uses the first line of {@code cause}; a JSON parser's other lines describe its
   * position.
   */
  ContentException(KeyValue pair, String reason, Throwable cause) {
    this(pair, reason + ": " + String.valueOf(cause.getMessage()).lines().findFirst().orElse(""));
  }

  ContentException(String message) {
    super(message);
  }
}
