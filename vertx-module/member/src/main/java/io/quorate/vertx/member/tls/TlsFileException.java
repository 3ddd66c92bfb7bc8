package io.quorate.vertx.member.tls;

import java.nio.file.Path;

/** A file of certificates or a key cannot be used; the message is the reason. */
public final class TlsFileException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Which of the files it is. */
  public enum Role {
    CERTIFICATE,
    KEY,
    TRUSTED_CA
  }

  private final Role role;
  private final transient Path file;

  TlsFileException(Role role, Path file, String reason) {
    super(reason);
    this.role = role;
    this.file = file;
  }

  public Role role() {
    return role;
  }

  public Path file() {
    return file;
  }

  /** The reason, as {@link #getMessage} has it. */
  public String reason() {
    return String.valueOf(getMessage());
  }
}
