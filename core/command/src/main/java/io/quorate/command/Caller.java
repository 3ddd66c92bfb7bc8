package io.quorate.command;

/**
 * Who makes a request. This is found out where the request comes in (from a token or a certificate,
 * or because it comes from the process itself) and goes with the request wherever it goes, into the
 * log as well: the place to decide what somebody may do is where a command is applied, since every
 * member comes to the same result there.
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

  /** About how many bytes it adds to a request. */
  default long sizeBytes() {
    if (this instanceof User user) {
      return 12L + 3L * user.name.length();
    }
    return this instanceof Certificate certificate ? 12L + 3L * certificate.commonName.length() : 1;
  }

  /** True if a user or certificate may have this name. */
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
