package io.quorate.sim;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/** Many runs together. */
final class SimulationTotals {
  private final long beganNanos = System.nanoTime();
  private final Map<Faults.Kind, Integer> faults = new EnumMap<>(Faults.Kind.class);
  private final Map<String, Integer> overlaps = new TreeMap<>();
  private int seeds;
  private double hours;
  private long events;
  private long operations;
  private long locksHeld;
  private long guardedWrites;
  private int undecided;

  void add(Simulation.Report report) {
    seeds++;
    hours += report.ticks() * report.tickMillis() / 3_600_000.0;
    events += report.steps();
    operations += report.operations();
    locksHeld += report.locksHeld();
    guardedWrites += report.guardedWrites();
    undecided += report.decided() ? 0 : 1;
    report.faults().forEach((kind, count) -> faults.merge(kind, count, Integer::sum));
    report.overlaps().forEach((pair, count) -> overlaps.merge(pair, count, Integer::sum));
  }

  Map<Faults.Kind, Integer> faults() {
    return faults;
  }

  Map<String, Integer> overlaps() {
    return overlaps;
  }

  String text(long from) {
    double seconds = (System.nanoTime() - beganNanos) / 1e9;
    return String.format(
        "%d seeds from %d: %.1f hours simulated, %d events, %.1f seeds/s%n"
            + "%d operations checked; among them were %d times that a lock was held and %d writes"
            + " under its protection; %d histories undecided%n"
            + "faults: %s%noverlaps: %s",
        seeds,
        from,
        hours,
        events,
        seeds / seconds,
        operations,
        locksHeld,
        guardedWrites,
        undecided,
        faults,
        overlaps);
  }
}
