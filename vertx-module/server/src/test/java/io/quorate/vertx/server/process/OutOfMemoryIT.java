package io.quorate.vertx.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A process without free memory ends with a message instead of running on in a broken state. */
@ExtendWith(LogTails.class)
class OutOfMemoryIT {
  /** The bound for closing after a failure, and some time for a busy machine. */
  private static final Duration BOUND = Duration.ofSeconds(30);

  @Test
  void a_member_with_a_full_heap_ends_with_exit_code_one_and_one_line() {
    try (ProcessCluster cluster = ProcessCluster.prepare("heap", 1)) {
      MemberProcess member = cluster.member(0);
      member.setJvmFlags(List.of("-Xmx40m"));
      cluster.startAll();
      fill(member);
      assertThat(member.awaitExit(BOUND)).isEqualTo(1);
      String last = member.log().tail(1).get(0);
      assertThat(last).contains("\"level\":\"fatal\"", "\"msg\":\"OutOfMemoryError");
      assertThat(member.log().find(line -> line.contains("the member stops"), Duration.ZERO))
          .contains("OutOfMemoryError");
    }
  }

  /** Adds long keys, since the index of all keys is in memory. */
  private static void fill(MemberProcess member) {
    String prefix = "k".repeat(4_000);
    for (int i = 0; member.isAlive() && i < 1_000; i++) {
      try {
        member.client().load(prefix + i + "-", 100, 100, 1);
      } catch (RuntimeException | AssertionError e) {
        return; // it does not answer any more
      }
    }
  }
}
