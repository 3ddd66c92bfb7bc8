package io.quorate.vertx.member.fault;

/**
 * A member cannot be started with its configuration. The message is one line: the flag, its value,
 * and what to do.
 */
public final class ConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With a message of the form {@code --flag=value: advice}. */
  public ConfigurationException(String flag, Object value, String advice) {
    super(("--" + flag + "=" + value + ": " + advice).replaceAll("\\s*\\R\\s*", " "));
  }

  /** For a fault that does not belong to a single flag. */
  public ConfigurationException(String message) {
    super(message.replaceAll("\\s*\\R\\s*", " "));
  }
}
