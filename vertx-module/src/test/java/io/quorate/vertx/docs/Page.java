package io.quorate.vertx.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** One section of a Markdown page, with the code in it. */
public final class Page {
  private final String section;

  /**
   * @param heading begins the section; it ends with the next of that depth
   */
  public Page(Path file, String heading) throws IOException {
    String text = "\n" + Files.readString(file);
    int begin = text.indexOf("\n" + heading + "\n");
    if (begin < 0) {
      throw new AssertionError(file + " has no section " + heading);
    }
    String depth = heading.substring(0, heading.indexOf(' ') + 1);
    int end = text.indexOf("\n" + depth, begin + 1);
    section = end < 0 ? text.substring(begin) : text.substring(begin, end);
  }

  /** What stands in the fences of {@code language}; at least one. */
  public List<String> blocks(String language) {
    List<String> blocks =
        Pattern.compile("(?s)```" + language + "\n(.*?)```")
            .matcher(section)
            .results()
            .map(found -> found.group(1))
            .toList();
    if (blocks.isEmpty()) {
      throw new AssertionError("no " + language + " in " + section);
    }
    return blocks;
  }

  /**
   * @throws AssertionError if a block of Java stands nowhere in {@code source}, spaces aside
   */
  public void checkJava(Path source) throws IOException {
    String compiled = spaceless(Files.readString(source));
    for (String block : blocks("java")) {
      if (!compiled.contains(spaceless(block))) {
        throw new AssertionError("not in " + source + ":\n" + block);
      }
    }
  }

  private static String spaceless(String text) {
    return text.replaceAll("\\s+", "");
  }
}
