package io.quorate.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What pages show of files: all of one, or of Java the lines between {@code // tag::name[]} and
 * {@code // end::name[]}, without tags and without the indentation that all have.
 */
record Snippets(Path root) {
  private static final Pattern TAG = Pattern.compile("\\s*// (?:tag|end)::[\\w-]+\\[]");

  /** Code that nobody compiles, or JSON that nobody reads, would prove nothing. */
  private static final Pattern CHECKED =
      Pattern.compile(".*src/(?:main|test)/(?:java|resources)/.*");

  /**
   * @param place a path from the root of the repository, for Java with {@code #} and the region
   * @throws IllegalArgumentException naming the place, if there is no such thing
   */
  List<String> at(String place) throws IOException {
    int hash = place.indexOf('#');
    String file = hash < 0 ? place : place.substring(0, hash);
    Path path = root.resolve(file);
    if (!CHECKED.matcher(file).matches() || !Files.isRegularFile(path)) {
      throw new IllegalArgumentException(place + ": there is no such file in sources or resources");
    }
    List<String> lines = Files.readAllLines(path);
    if (file.endsWith(".java") != hash >= 0) {
      throw new IllegalArgumentException(place + ": Java needs a region, nothing else has one");
    }
    return hash < 0 ? lines : outdented(region(place, place.substring(hash + 1), lines));
  }

  private static List<String> region(String place, String name, List<String> lines) {
    List<String> stripped = lines.stream().map(String::strip).toList();
    int begin = stripped.indexOf("// tag::" + name + "[]");
    int end = stripped.indexOf("// end::" + name + "[]");
    if (begin < 0 || end < begin || begin != stripped.lastIndexOf(stripped.get(begin))) {
      throw new IllegalArgumentException(place + ": there is no such region, or more than one");
    }
    return lines.subList(begin + 1, end).stream().filter(l -> !TAG.matcher(l).matches()).toList();
  }

  private static List<String> outdented(List<String> lines) {
    List<String> kept = new ArrayList<>(lines);
    while (kept.get(0).isBlank()) {
      kept.remove(0);
    }
    while (kept.get(kept.size() - 1).isBlank()) {
      kept.remove(kept.size() - 1);
    }
    int indent =
        kept.stream()
            .filter(line -> !line.isBlank())
            .mapToInt(line -> line.length() - line.stripLeading().length())
            .min()
            .orElse(0);
    return kept.stream().map(line -> line.isBlank() ? "" : line.substring(indent)).toList();
  }
}
