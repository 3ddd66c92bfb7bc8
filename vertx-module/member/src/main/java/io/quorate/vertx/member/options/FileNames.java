package io.quorate.vertx.member.options;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Names of files out of text. Any thread. */
public final class FileNames {
  /** What the JVM encodes names of files with; it takes it from the locale it is started in. */
  private static final Charset CHARSET =
      Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

  private FileNames() {}

  /** Whether the locale leaves nothing but ASCII; then the JVM cannot name other files. */
  public static boolean areAscii() {
    return CHARSET.equals(StandardCharsets.US_ASCII);
  }

  /**
   * @throws IllegalArgumentException if there can be no such file; the message is advice
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
