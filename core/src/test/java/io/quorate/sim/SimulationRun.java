package io.quorate.sim;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** One seed, for callers that know this class by its name only. */
public final class SimulationRun {
  private SimulationRun() {}

  /** What was found wrong, null for nothing. */
  public static @Nullable String run(long seed, String directory) {
    try {
      new Simulation(seed, Path.of(directory)).run();
      return null;
    } catch (AssertionError | RuntimeException e) {
      return String.valueOf(e.getMessage()).lines().findFirst().orElse(e.toString());
    }
  }

  /** Prints the trace's digest. */
  public static void main(String[] args) {
    System.out.println(new Simulation(Long.parseLong(args[0]), Path.of(args[1])).run().digest());
  }
}
