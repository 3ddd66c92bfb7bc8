package io.quorate.vertx.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A process that has no memory left ends and says so; it does not live on half dead. */
@ExtendWith(LogTails.class)
class OutOfMemoryIT {
  /** What it promises for closing after a failure, and something for a machine that is busy. */
  private static final Duration BOUND = Duration.ofSeconds(30);

  @Test
  void a_member_whose_heap_is_full_ends_with_a_status_and_one_line() {
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

  /** Keys, since those are all in memory, and long ones. */
  private static void fill(MemberProcess member) {
    String prefix = "k".repeat(4_000);
    for (int i = 0; member.isAlive() && i < 1_000; i++) {
      try {
        member.client().load(prefix + i + "-", 100, 100, 1);
      } catch (RuntimeException | AssertionError e) {
        return; // it answers no more
      }
    }
  }
}
