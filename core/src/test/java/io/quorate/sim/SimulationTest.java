package io.quorate.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many seeds, each a cluster's life with clients and faults.
 *
 * <p>{@code -Dquorate.sim.seeds=N -Dquorate.sim.from=S} runs N seeds from S on; {@code
 * -Dquorate.sim.seed=S} runs one and prints what happened.
 */
class SimulationTest {
  private static final int SEEDS = Integer.getInteger("quorate.sim.seeds", 300);
  private static final long FROM = Long.getLong("quorate.sim.from", 1);

  private final Path directory;

  SimulationTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /** Sets made by {@code Set.of} are in another order in each JVM; nothing may depend on it. */
  @Test
  void a_seed_gives_the_same_trace_in_another_jvm() throws IOException, InterruptedException {
    for (long seed = 1; seed <= 3; seed++) {
      long here = new Simulation(seed, directory.resolve("here" + seed)).run().digest();
      Process other =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty(
                      "surefire.test.class.path", System.getProperty("java.class.path")),
                  SimulationRun.class.getName(),
                  Long.toString(seed),
                  directory.resolve("there" + seed).toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String there = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(other.waitFor()).isZero();
      assertThat(there.strip()).as("seed %d", seed).isEqualTo(Long.toString(here));
    }
  }

  @Test
  void whatever_happens_what_was_promised_holds() throws IOException {
    Long only = Long.getLong("quorate.sim.seed");
    if (only != null) {
      Simulation simulation = new Simulation(only, directory.resolve("s" + only));
      simulation.trace().keep(Integer.MAX_VALUE);
      try {
        System.out.println(simulation.run());
      } finally {
        simulation.trace().lines().forEach(System.out::println);
      }
      return;
    }
    SimulationTotals totals = new SimulationTotals();
    for (long seed = FROM; seed < FROM + SEEDS; seed++) {
      Path own = directory.resolve("s" + seed);
      Simulation simulation = new Simulation(seed, own);
      simulation.trace().keep(60);
      try {
        totals.add(simulation.run());
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError(
            "seed "
                + seed
                + " fails; again, with its trace: mvn -pl core test -Dtest=SimulationTest"
                + " -Dquorate.sim.seed="
                + seed
                + "\n"
                + String.join("\n", simulation.trace().lines()),
            e);
      }
    }
    System.out.println(totals.text(FROM));
    if (SEEDS >= 300) {
      assertThat(totals.faults()).as("each kind of fault").containsOnlyKeys(Faults.Kind.values());
      assertThat(Overlaps.missing(totals.overlaps())).as("what never overlapped").isEmpty();
    }
  }
}
