package io.quorate.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What of a Markdown page can be checked. */
record Markdown(Path path, List<String> lines) {
  private static final String FENCE = "```";
  private static final Pattern INLINE = Pattern.compile("`([^`]+)`");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)(?:#[^)]*)?\\)");

  /**
   * A fenced block.
   *
   * @param section heading it stands below
   */
  record Block(String section, String language, List<String> lines) {
    String text() {
      return String.join("\n", lines);
    }
  }

  static Markdown read(Path path) throws IOException {
    return new Markdown(path, Files.readAllLines(path));
  }

  List<Block> blocks() {
    List<Block> blocks = new ArrayList<>();
    String section = "";
    Block open = null;
    for (String line : lines) {
      if (line.startsWith(FENCE)) {
        if (open == null) {
          open = new Block(section, line.substring(FENCE.length()), new ArrayList<>());
        } else {
          blocks.add(open);
          open = null;
        }
      } else if (open != null) {
        open.lines().add(line);
      } else if (line.startsWith("#")) {
        section = line.replaceFirst("^#+ ", "");
      }
    }
    return blocks;
  }

  /** All between single backticks, outside of blocks. */
  List<String> inlineCode() {
    return outsideOfBlocks(INLINE);
  }

  /** Targets of links, without those to the web. */
  List<String> localLinks() {
    return outsideOfBlocks(LINK).stream().filter(link -> !link.contains("://")).toList();
  }

  private List<String> outsideOfBlocks(Pattern pattern) {
    List<String> found = new ArrayList<>();
    boolean inBlock = false;
    for (String line : lines) {
      if (line.startsWith(FENCE)) {
        inBlock = !inBlock;
      } else if (!inBlock) {
        Matcher matcher = pattern.matcher(line);
        while (matcher.find()) {
          found.add(matcher.group(1));
        }
      }
    }
    return found;
  }
}
