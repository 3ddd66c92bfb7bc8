package io.quorate.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.examples.Markdown.Block;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The pages name what there is: links lead somewhere, classes and their methods exist, code is cut
 * from code that is compiled. {@code -Dquorate.rewrite=true} cuts it anew.
 */
class DocumentsIT {
  private static final Set<String> CUT = Set.of("java", "json", "yaml");

  /** {@code Name} or {@code Name.member}; a name of capitals alone is not a class here. */
  private static final Pattern OF_CODE =
      Pattern.compile("([A-Z]\\w*[a-z]\\w*)(?:\\.([a-z]\\w*))?(?:\\(\\))?");

  private static final Pattern IMPORT = Pattern.compile("(?m)^import [\\w.]+\\.([A-Z]\\w*);");

  private final Path root =
      Path.of(System.getProperty("quorate.root")).toAbsolutePath().normalize();

  @Test
  void linksLeadSomewhere() throws IOException {
    List<String> dead = new ArrayList<>();
    for (Markdown page : pages()) {
      for (String link : page.localLinks()) {
        if (!Files.exists(page.path().resolveSibling(link))) {
          dead.add(root.relativize(page.path()) + ": " + link);
        }
      }
    }
    assertThat(dead).isEmpty();
  }

  @Test
  void classesAndMethodsThatAreNamedExist() throws IOException {
    Map<String, String> sources = sources();
    Set<String> imported = imported(sources.values());
    List<String> unknown = new ArrayList<>();
    int named = 0;
    for (Markdown page : pages()) {
      for (String code : page.inlineCode()) {
        Matcher name = OF_CODE.matcher(code);
        if (name.matches()) {
          named++;
          String source = sources.get(name.group(1));
          String member = name.group(2);
          boolean known =
              source == null
                  ? imported.contains(name.group(1))
                  : member == null || hasMember(source, member);
          if (!known) {
            unknown.add(root.relativize(page.path()) + ": " + code);
          }
        }
      }
    }
    assertThat(unknown).isEmpty();
    assertThat(named).isGreaterThan(30);
  }

  @Test
  void whatIsShownIsCutFromWhatIsCompiledOrReadByTests() throws IOException {
    Snippets snippets = new Snippets(root);
    boolean rewrite = Boolean.getBoolean("quorate.rewrite");
    List<String> wrong = new ArrayList<>();
    int shown = 0;
    for (Markdown page : pages()) {
      Markdown cut = page;
      List<Block> blocks = page.blocks();
      for (int i = blocks.size() - 1; i >= 0; i--) { // from below, as lines above keep their place
        Block block = blocks.get(i);
        if (CUT.contains(block.language()) || !block.place().isEmpty()) {
          shown++;
          String where = root.relativize(page.path()) + ":" + block.begin() + ": ";
          if (block.place().isEmpty()) {
            wrong.add(where + "<!-- the file it is cut from --> is missing above");
          } else {
            try {
              List<String> content = snippets.at(block.place());
              if (!content.equals(block.lines()) && !rewrite) {
                wrong.add(where + "differs from " + block.place());
              }
              cut = cut.with(block, content);
            } catch (IllegalArgumentException e) {
              wrong.add(where + e.getMessage());
            }
          }
        }
      }
      if (rewrite) {
        Files.write(page.path(), cut.lines());
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(shown).isGreaterThan(20);
  }

  /** Other people's classes: what is imported was there to be compiled. */
  private static Set<String> imported(Iterable<String> sources) {
    Set<String> imported = new HashSet<>();
    for (String source : sources) {
      IMPORT.matcher(source).results().forEach(found -> imported.add(found.group(1)));
    }
    return imported;
  }

  private static boolean hasMember(String source, String member) {
    return Pattern.compile("\\b" + member + "\\b").matcher(source).find();
  }

  private List<Markdown> pages() throws IOException {
    List<Markdown> pages = new ArrayList<>();
    for (Path path : files(".md")) {
      pages.add(Markdown.read(path));
    }
    assertThat(pages).hasSizeGreaterThan(3);
    return pages;
  }

  private Map<String, String> sources() throws IOException {
    Map<String, String> sources = new HashMap<>();
    for (Path path : files(".java")) {
      String file = path.getFileName().toString();
      sources.put(file.substring(0, file.length() - ".java".length()), Files.readString(path));
    }
    return sources;
  }

  private List<Path> files(String ending) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(path -> path.toString().endsWith(ending))
          .filter(path -> !path.toString().contains("/target/"))
          .toList();
    }
  }
}
