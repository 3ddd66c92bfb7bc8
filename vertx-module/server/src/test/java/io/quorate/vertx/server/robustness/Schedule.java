package io.quorate.vertx.server.robustness;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * The faults of a run and their times, determined by the seed only. The affected members are random
 * too; the leader is determined when the fault begins.
 *
 * @param size number of members
 * @param flags flags for all members
 * @param onSmallDisk index of the member whose data is on a small disk, -1 for none
 */
record Schedule(
    long seed,
    int size,
    List<String> flags,
    int onSmallDisk,
    List<Fault> faults,
    long lastsMillis) {

  private static final int FIRST_AT_MILLIS = 500;

  /** The kinds of faults. */
  enum Kind {
    /** SIGKILL, and a restart. */
    KILL_ONE(4, 100, 1_500),
    KILL_LEADER(4, 100, 1_500),
    KILL_MAJORITY(2, 100, 1_000),
    KILL_ALL(2, 50, 300),
    /** SIGTERM, and a restart. */
    TERMINATE_ONE(2, 100, 800),
    TERMINATE_LEADER(2, 100, 800),
    /** SIGSTOP, then SIGCONT. */
    PAUSE_ONE(3, 300, 2_500),
    PAUSE_LEADER(4, 800, 2_500),
    /** Connections are closed: in both directions, or only for what a member sends or receives. */
    CUT_OFF(3, 300, 2_000),
    CUT_OFF_LEADER(3, 800, 2_000),
    CUT_WHAT_ONE_SENDS(2, 300, 2_000),
    CUT_WHAT_ONE_IS_SENT(2, 300, 2_000),
    CUT_IN_HALVES(2, 500, 2_000),
    /** Bytes are held back and delivered later. */
    SILENCE_LEADER(3, 800, 2_500),
    SILENCE_WHAT_LEADER_SENDS(2, 800, 2_500),
    SILENCE_WHAT_LEADER_IS_SENT(2, 800, 2_500),
    SILENCE_ONE_WAY(2, 300, 2_000),
    DELAY_ALL(2, 800, 2_500),
    DELAY_ONE(2, 800, 2_500),
    LIMIT_ONE(2, 800, 2_500),
    CUT_CLIENTS(2, 100, 1_000),
    SILENCE_CLIENTS(2, 500, 2_500),
    /**
     * The member is removed, wiped and added again; needs all members, so no other fault overlaps
     * it.
     */
    REPLACE(3, 100, 100),
    FILL_DISK(0, 800, 1_500);

    private final int weight;
    private final int leastMillis;
    private final int mostMillis;

    Kind(int weight, int leastMillis, int mostMillis) {
      this.weight = weight;
      this.leastMillis = leastMillis;
      this.mostMillis = mostMillis;
    }
  }

  /**
   * One fault.
   *
   * @param pick determines the affected members
   * @param amount milliseconds or bytes, if the kind has any
   */
  record Fault(Kind kind, long atMillis, long lastsMillis, int pick, int amount) {
    @Override
    public String toString() {
      return "%s at %d for %d ms (pick %d, amount %d)"
          .formatted(kind, atMillis, lastsMillis, pick, amount);
    }
  }

  Schedule {
    flags = List.copyOf(flags);
    faults = List.copyOf(faults);
  }

  /**
   * @param lastsMillis during how much time faults begin
   * @param smallDisks whether small disks are available
   */
  static Schedule of(long seed, long lastsMillis, boolean smallDisks) {
    Random random = new Random(seed * 0x9e3779b97f4a7c15L + 1);
    int size = random.nextInt(4) == 0 ? 5 : 3;
    List<String> flags = new ArrayList<>();
    flags.add("--heartbeat-interval=50");
    flags.add("--election-timeout=500");
    if (random.nextInt(2) == 0) {
      // The log is truncated often, so a member that was away needs a snapshot.
      flags.add("--snapshot-count=" + (50 + random.nextInt(200)));
      flags.add("--snapshot-catchup-entries=" + (5 + random.nextInt(50)));
    }
    List<Fault> faults = new ArrayList<>();
    int smallDisk = random.nextInt(4);
    boolean fills = smallDisks && smallDisk == 0;
    long at = FIRST_AT_MILLIS + random.nextInt(500);
    while (at < lastsMillis) {
      Fault fault = draw(random, at, kind(random));
      faults.add(fault);
      boolean overlaps = random.nextInt(5) < 2 && fault.kind != Kind.REPLACE;
      at += overlaps ? 100 + random.nextInt(400) : fault.lastsMillis + 200 + random.nextInt(500);
    }
    if (fills) {
      faults.add(draw(random, FIRST_AT_MILLIS + random.nextLong(lastsMillis / 2), Kind.FILL_DISK));
    }
    faults.sort(Comparator.comparingLong(Fault::atMillis));
    return new Schedule(seed, size, flags, fills ? random.nextInt(size) : -1, faults, lastsMillis);
  }

  private static Kind kind(Random random) {
    int total = 0;
    for (Kind kind : Kind.values()) {
      total += kind.weight;
    }
    int left = random.nextInt(total);
    for (Kind kind : Kind.values()) {
      left -= kind.weight;
      if (left < 0) {
        return kind;
      }
    }
    throw new IllegalStateException("weights");
  }

  private static Fault draw(Random random, long at, Kind kind) {
    return new Fault(
        kind,
        at,
        kind.leastMillis + random.nextInt(kind.mostMillis - kind.leastMillis + 1),
        random.nextInt(1_000),
        random.nextInt(1_000));
  }
}
