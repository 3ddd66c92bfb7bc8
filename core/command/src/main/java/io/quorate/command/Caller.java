package io.quorate.command;

/**
 * Who asks. Found where a request comes in (a token, a certificate, the process itself), it goes
 * with the request on every way, into the log as well: what somebody may do is decided where a
 * command is applied, on every member alike.
 */
public sealed interface Caller {
  /** Longest name of a user or a certificate, in characters. */
  int MAX_NAME_CHARS = 1_024;

  /** Somebody who has not said who they are. */
  Caller NOBODY = new Nobody();

  /** A member, for what it does by itself. */
  Caller NODE = new Node();

  /** See {@link #NOBODY}. */
  record Nobody() implements Caller {}

  /** See {@link #NODE}. */
  record Node() implements Caller {}

  /**
   * A user who has logged in.
   *
   * @param authRevision of the users and roles when the user was admitted; as in etcd, a request
   *     that was admitted under an older one than is in force is refused
   */
  record User(String name, long authRevision) implements Caller {
    public User {
      requireName(name);
    }
  }

  /**
   * Somebody who holds a certificate and has not logged in.
   *
   * @param authRevision as that of a {@link User}
   */
  record Certificate(String commonName, long authRevision) implements Caller {
    public Certificate {
      requireName(commonName);
    }
  }

  /** What it adds to a request, in bytes, nearly. */
  default long sizeBytes() {
    if (this instanceof User user) {
      return 12L + 3L * user.name.length();
    }
    return this instanceof Certificate certificate ? 12L + 3L * certificate.commonName.length() : 1;
  }

  /** Whether there can be somebody of this name. */
  static boolean isName(String name) {
    return !name.isEmpty() && name.length() <= MAX_NAME_CHARS;
  }

  private static void requireName(String name) {
    if (!isName(name)) {
      throw new IllegalArgumentException(
          "a name has 1 to " + MAX_NAME_CHARS + " characters, not " + name.length());
    }
  }
}
