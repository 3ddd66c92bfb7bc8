package io.quorate.cluster.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Reserving ports between processes. */
class PortReservationsTest {
  private static final Address ADDRESS =
      new Address("127.9.9.9", 1 + (int) (ProcessHandle.current().pid() % 65_535));
  private static final Path FILE = PortReservations.fileOf(ADDRESS);

  @AfterEach
  void clean() throws Exception {
    Files.deleteIfExists(FILE);
  }

  private static Deadline deadline() {
    return new Deadline(20_000, new CompletableFuture<>());
  }

  @Test
  void a_released_lock_leaves_no_file() throws Exception {
    try (PortReservations.PortLock lock = PortReservations.lock(ADDRESS, deadline())) {
      assertThat(lock.file()).isEqualTo(FILE).exists();
    }
    assertThat(FILE).doesNotExist();
  }

  @Test
  void the_next_process_waits_for_the_lock() throws Exception {
    PortReservations.PortLock first = PortReservations.lock(ADDRESS, deadline());
    CompletableFuture<PortReservations.PortLock> next =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return PortReservations.lock(ADDRESS, deadline());
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    assertThat(next).isNotDone();
    first.close();
    try (PortReservations.PortLock lock = next.get(20, TimeUnit.SECONDS)) {
      assertThat(lock.file()).isEqualTo(FILE);
    }
  }

  @Test
  void the_lock_of_a_killed_process_is_removed() throws Exception {
    Process gone =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-version")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(gone.waitFor(60, TimeUnit.SECONDS)).isTrue();
    Files.writeString(FILE, Long.toString(gone.pid()));
    try (PortReservations.PortLock lock = PortReservations.lock(ADDRESS, deadline())) {
      assertThat(lock.file()).isEqualTo(FILE);
    }
  }

  @Test
  void a_process_that_hangs_does_not_block_the_others() throws Exception {
    Files.writeString(FILE, Long.toString(ProcessHandle.current().pid()));
    try (PortReservations.PortLock lock = PortReservations.lock(ADDRESS, deadline())) {
      assertThat(lock.file()).isNull();
    }
    assertThat(FILE).exists();
  }
}
