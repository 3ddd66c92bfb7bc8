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
  private static final Pattern PLACE = Pattern.compile("<!-- (\\S+) -->");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)(?:#[^)]*)?\\)");

  /**
   * A fenced block.
   *
   * @param section heading it stands below
   * @param place what an HTML comment right above says that it is cut from; empty if none does
   * @param begin index of its first line in the page
   */
  record Block(String section, String language, String place, int begin, List<String> lines) {
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
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.startsWith(FENCE)) {
        if (open == null) {
          String language = line.substring(FENCE.length());
          open = new Block(section, language, placeAbove(i), i + 1, new ArrayList<>());
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

  private String placeAbove(int fence) {
    Matcher comment = PLACE.matcher(fence > 0 ? lines.get(fence - 1) : "");
    return comment.matches() ? comment.group(1) : "";
  }

  /** The same page with what {@code block} is cut from in its place. */
  Markdown with(Block block, List<String> content) {
    List<String> changed = new ArrayList<>(lines.subList(0, block.begin()));
    changed.addAll(content);
    changed.addAll(lines.subList(block.begin() + block.lines().size(), lines.size()));
    return new Markdown(path, changed);
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
