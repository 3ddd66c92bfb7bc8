package io.quorate.vertx.config;

import io.quorate.command.KeyValue;

/** What is stored is no configuration. */
public final class ContentException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ContentException(KeyValue pair, String reason) {
    super("key '" + pair.key() + "' at revision " + pair.modRevision() + ": " + reason);
  }

  /** The first line of {@code cause} says it, the others where a parser stood. */
  ContentException(KeyValue pair, String reason, Throwable cause) {
    this(pair, reason + ": " + String.valueOf(cause.getMessage()).lines().findFirst().orElse(""));
  }

  ContentException(String message) {
    super(message);
  }
}
