package io.quorate.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.examples.Markdown.Block;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the guide to operations shows of etcdctl and sqlite3, against a member. */
class OperationsGuideIT {

  @Test
  void theCommandsAnswerAsThePageSays(@TempDir Path directory) throws Exception {
    Path page = Path.of(System.getProperty("quorate.root"), "vertx-module/guides/operations.md");
    try (Members members = Members.start(Files.createDirectory(directory.resolve("data")), 1)) {
      Files.createDirectory(directory.resolve("target"));
      Files.createSymbolicLink(
          directory.resolve("target/one.quorate"), directory.resolve("data/m0"));
      Console console = new Console(directory);
      console.add("export ETCDCTL_API=3 ETCDCTL_ENDPOINTS=" + members.endpoints().get(0));
      for (Block block : Markdown.read(page).blocks()) {
        if (block.language().equals("console")) {
          if (block.section().equals("Backup and restore")) {
            console.add(
                "until sqlite3 -readonly target/one.quorate/member/state.db"
                    + " 'select value from kv_current' | grep -q evening; do sleep 0.05; done");
          }
          console.add(block);
        }
      }
      console.run(console.script());
      assertThat(console.answers()).isGreaterThan(4);
    }
  }
}
