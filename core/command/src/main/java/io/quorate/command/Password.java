package io.quorate.command;

/**
 * The password of a user in a request. It is hashed by the member that receives it, so what is
 * written into the log and sent to other members is never {@link Plain}. None of them shows itself
 * as text.
 */
public sealed interface Password {
  /** The user gets none, and can only be identified by a certificate. */
  Password NONE = new None();

  /** See {@link #NONE}. */
  record None() implements Password {}

  /** As the user has chosen it. */
  record Plain(String text) implements Password {
    @Override
    public String toString() {
      return "a password";
    }
  }

  /**
   * @param bcrypt the hash in bcrypt's own text form; an empty one fits no password
   */
  record Hashed(String bcrypt) implements Password {
    /** Most characters of a hash that are accepted; bcrypt's have 60. */
    public static final int MAX_CHARS = 1_024;

    @Override
    public String toString() {
      return "a hashed password";
    }
  }
}
