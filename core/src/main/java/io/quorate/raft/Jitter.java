package io.quorate.raft;

/**
 * The one source of chance: SplitMix64 (Steele, Lea, Flood 2014) from a given seed, so that a run
 * can be repeated.
 */
final class Jitter {
  private long state;

  Jitter(long seed) {
    state = seed;
  }

  long next() {
    state += 0x9E3779B97F4A7C15L;
    long z = state;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** Evenly from {@code [0, bound)}. */
  int below(int bound) {
    return (int) Long.remainderUnsigned(next(), bound);
  }
}
