package io.quorate.cluster.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The guide's table of options is the one the program has. */
class OptionsTableTest {
  private static final Path GUIDE = Path.of("GUIDE.md");
  private static final String HEAD = "| Option | Unless set | |\n| --- | --- | --- |\n";

  @Test
  void theGuideHasARowForEachOptionInTheOrderOfTheTable() throws IOException {
    String rows =
        ClusterOptions.byName().values().stream()
            .map(
                option ->
                    "| `%s` | %s | %s |\n"
                        .formatted(option.name(), option.shownDefault(), option.help()))
            .collect(Collectors.joining());
    assertThat(Files.readString(GUIDE)).contains(HEAD + rows + "\n");
  }

  @Test
  void theDefaultsThatAreShownAreTheOnesThatHold() {
    for (ClusterOption<?> option : ClusterOptions.byName().values()) {
      Object value = option.defaultValue();
      if (value instanceof Number || value instanceof String) {
        assertThat(option.shownDefault().replace("`", "")).isEqualTo(value.toString());
      } else if (value == null || value.equals(List.of())) {
        assertThat(option.shownDefault()).isNotEmpty();
      }
    }
  }
}
