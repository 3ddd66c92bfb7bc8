package io.quorate.vertx.member.options;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Converts text to the names of files. Any thread. */
public final class FileNames {
  /** The encoding of file names in this JVM, which follows the locale at its start. */
  private static final Charset CHARSET =
      Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

  private FileNames() {}

  /**
   * Whether file names are limited to ASCII by the locale; the JVM cannot open other files then.
   */
  public static boolean areAscii() {
    return CHARSET.equals(StandardCharsets.US_ASCII);
  }

  /**
   * @throws IllegalArgumentException if no file can have this name; the message says what to do
   */
  public static Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(
          CHARSET.newEncoder().canEncode(text)
              ? "is not a path on this system"
              : "cannot name a file, as the JVM was started in a locale without UTF-8 ("
                  + CHARSET
                  + "); start it with the environment variable LC_ALL=C.UTF-8",
          e);
    }
  }
}
