package io.quorate.cluster.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who may try a port, between processes. */
class ClaimsTest {
  private static final Address ADDRESS =
      new Address("127.9.9.9", 1 + (int) (ProcessHandle.current().pid() % 65_535));
  private static final Path FILE = Claims.fileOf(ADDRESS);

  @AfterEach
  void clean() throws Exception {
    Files.deleteIfExists(FILE);
  }

  private static Patience patience() {
    return new Patience(20_000, new CompletableFuture<>());
  }

  @Test
  void a_turn_leaves_nothing_behind() throws Exception {
    try (Claims.Turn turn = Claims.turn(ADDRESS, patience())) {
      assertThat(turn.file()).isEqualTo(FILE).exists();
    }
    assertThat(FILE).doesNotExist();
  }

  @Test
  void the_next_one_waits_until_it_has_ended() throws Exception {
    Claims.Turn first = Claims.turn(ADDRESS, patience());
    CompletableFuture<Claims.Turn> next =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return Claims.turn(ADDRESS, patience());
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    assertThat(next).isNotDone();
    first.close();
    try (Claims.Turn turn = next.get(20, TimeUnit.SECONDS)) {
      assertThat(turn.file()).isEqualTo(FILE);
    }
  }

  @Test
  void one_that_was_killed_is_not_waited_for() throws Exception {
    Process gone =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-version")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(gone.waitFor(60, TimeUnit.SECONDS)).isTrue();
    Files.writeString(FILE, Long.toString(gone.pid()));
    try (Claims.Turn turn = Claims.turn(ADDRESS, patience())) {
      assertThat(turn.file()).isEqualTo(FILE);
    }
  }

  @Test
  void one_that_stands_still_does_not_stop_the_others() throws Exception {
    Files.writeString(FILE, Long.toString(ProcessHandle.current().pid()));
    try (Claims.Turn turn = Claims.turn(ADDRESS, patience())) {
      assertThat(turn.file()).isNull();
    }
    assertThat(FILE).exists();
  }
}
