package io.quorate.vertx.server.robustness;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.server.process.ProcessCluster;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Members as processes are killed, paused, cut off and slowed down while clients and watchers work;
 * their whole history is checked. {@code -Dquorate.robustness.runs=200} does 200 runs, starting
 * with the seed {@code -Dquorate.robustness.from=1}; each writes to {@code
 * target/robustness/run-<seed>}.
 */
class RobustnessIT {
  private static final int RUNS = Integer.getInteger("quorate.robustness.runs", 2);

  /**
   * The first seed. In the two default runs, among other faults, all members are killed, one is
   * replaced and a disk fills up.
   */
  private static final long FROM = Long.getLong("quorate.robustness.from", 16);

  @AfterEach
  void forget() {
    ProcessCluster.forget();
  }

  @Test
  void the_history_of_the_clients_is_correct_under_faults() {
    List<String> failures = new ArrayList<>();
    int undecided = 0;
    long begin = System.nanoTime();
    for (long seed = FROM; seed < FROM + RUNS; seed++) {
      Run.Outcome outcome = Run.of(seed);
      ProcessCluster.forget();
      System.out.println(outcome.summary());
      if (outcome.failure() != null) {
        System.out.println(outcome.failure());
        failures.add(outcome.summary() + "\n" + outcome.failure());
      } else if (outcome.evidence() != null && seed == FROM) {
        Falsified.assertEachFalsificationIsFound(outcome.evidence());
      }
      undecided += outcome.isDecided() ? 0 : 1;
    }
    System.out.printf(
        "%d runs, %d failed, %d undecided, %.1f s a run%n",
        RUNS, failures.size(), undecided, (System.nanoTime() - begin) / 1e9 / RUNS);
    assertThat(failures).isEmpty();
    assertThat(undecided).as("runs that nothing can be said of").isLessThanOrEqualTo(RUNS / 20);
  }
}
