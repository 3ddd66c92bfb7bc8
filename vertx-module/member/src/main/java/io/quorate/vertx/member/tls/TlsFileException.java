package io.quorate.vertx.member.tls;

import java.nio.file.Path;

/** A certificate or key file cannot be used; the message is the reason. */
public final class TlsFileException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What the file is for. */
  public enum Role {
    CERTIFICATE,
    KEY,
    TRUSTED_CA,
    REVOCATION_LIST,
    CLIENT_CERTIFICATE,
    CLIENT_KEY
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

  /** The same as {@link #getMessage}. */
  public String reason() {
    return String.valueOf(getMessage());
  }
}
