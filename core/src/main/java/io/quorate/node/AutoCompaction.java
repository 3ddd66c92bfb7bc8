package io.quorate.node;

/**
 * How much history is kept when it is compacted without being asked, as in etcd.
 *
 * @param retention how much is kept, in milliseconds or revisions; 0 if nothing is compacted
 */
public record AutoCompaction(Mode mode, long retention) {
  /** What the retention counts. */
  public enum Mode {
    /** Milliseconds. */
    PERIODIC,
    /** Revisions. */
    REVISION
  }

  public static final AutoCompaction OFF = new AutoCompaction(Mode.PERIODIC, 0);

  public AutoCompaction {
    if (retention < 0) {
      throw new IllegalArgumentException("a retention of " + retention);
    }
  }
}
