package io.quorate.vertx.member.fault;

/**
 * A member cannot be started as configured. The message is one line: the flag, the value it has,
 * and what to do.
 */
public final class ConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Of the form {@code --flag=value: advice}. */
  public ConfigurationException(String flag, Object value, String advice) {
    super(("--" + flag + "=" + value + ": " + advice).replaceAll("\\s*\\R\\s*", " "));
  }

  /** Where there is no single flag at fault. */
  public ConfigurationException(String message) {
    super(message.replaceAll("\\s*\\R\\s*", " "));
  }
}
