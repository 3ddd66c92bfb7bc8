package io.quorate.vertx.member.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The page of options is generated from the table of flags. {@code -Dquorate.pages.rewrite=true}
 * writes it.
 */
class OptionsPageTest {
  private static final Path PAGE = Path.of("../guides/options.md");

  private static final String HEAD =
      """
      # Options

      Every option of a member is a flag, an environment variable (`--data-dir` is `QUORATE_DATA_DIR`, or etcd's
      `ETCD_DATA_DIR` if that is not set) and a key in the file that `--config-file` names. A flag overrides its
      variable; with a file, all other flags and variables are ignored. Names and meanings are etcd's where etcd has the
      flag. A test compares this page with the program.

      """;

  @Test
  void thePageMatchesTheTableOfFlags() throws IOException {
    String page =
        HEAD
            + "| Option | Default | Meaning |\n| --- | --- | --- |\n"
            + rows(Flag.Support.USED, flag -> cell(flag.defaultValue()) + " | " + text(flag.help()))
            + "\n## Not available\n\nA value other than etcd's default is refused.\n\n"
            + "| Option | Why |\n| --- | --- |\n"
            + rows(Flag.Support.REFUSED, flag -> text(flag.note()))
            + "\n## Without effect\n\nAccepted, so that scripts written for etcd run; the log says so.\n\n"
            + "| Option | Why |\n| --- | --- |\n"
            + rows(Flag.Support.IGNORED, flag -> text(flag.note()));
    if (Boolean.getBoolean("quorate.pages.rewrite")) {
      Files.writeString(PAGE, page);
    }
    assertThat(PAGE).hasContent(page);
  }

  private static String rows(
      Flag.Support support, java.util.function.Function<Flag, String> cells) {
    return Flags.all().stream()
        .filter(flag -> flag.support() == support)
        .map(flag -> "| `--" + flag.name() + "` | " + cells.apply(flag) + " |\n")
        .collect(Collectors.joining());
  }

  private static String cell(String value) {
    return value.isEmpty() ? "" : "`" + value + "`";
  }

  /** Escapes the characters that are markup in a table. */
  private static String text(String value) {
    for (Map.Entry<String, String> escape : Map.of("<", "&lt;", "|", "\\|").entrySet()) {
      value = value.replace(escape.getKey(), escape.getValue());
    }
    return value;
  }
}
