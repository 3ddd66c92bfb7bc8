package io.quorate.node;

import java.util.ArrayDeque;

/**
 * How long the log's disk takes. A leader whose disk hangs would go on leading, since its followers
 * hear from it and acknowledge, while none of its clients is answered. Node loop only.
 */
final class LogDisk {
  /** In election time-outs: a disk may well be slow for a moment, and then all of them may be. */
  private static final int MOST_TIMEOUTS = 3;

  private final int mostTicks;

  /** When each write that is under way began, on {@link #clock}. */
  private final ArrayDeque<Long> begun = new ArrayDeque<>();

  /** Stands still while the process is paused, so that a pause is not taken for a slow disk. */
  private long clock;

  private long quietUntil;

  LogDisk(NodeConfig config) {
    mostTicks = MOST_TIMEOUTS * config.raft().electionTicks();
  }

  void writeBegins() {
    begun.add(clock);
  }

  /** The oldest write that is under way is durable. */
  void writeEnds() {
    begun.remove();
  }

  /**
   * Some time has passed.
   *
   * @return whether the disk hangs; true once, and again if it still does after as long as before
   */
  boolean tick() {
    clock++;
    Long oldest = begun.peek();
    if (oldest == null || clock - oldest < mostTicks || clock < quietUntil) {
      return false;
    }
    quietUntil = clock + mostTicks;
    return true;
  }
}
