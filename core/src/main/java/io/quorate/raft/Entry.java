package io.quorate.raft;

/**
 * One entry of the log. {@code data} is shared, not copied, and never written to.
 *
 * @param data what was proposed; empty for the entry a new leader begins its term with
 */
public record Entry(LogPosition position, Kind kind, byte[] data) {

  /** What the data of an entry is. */
  public enum Kind {
    /** What the state machine is fed with. */
    NORMAL,
    /** A {@link ConfChange} and its context. */
    CONF_CHANGE
  }

  /** Bytes an entry takes beside its data, for the bounds on messages and windows. */
  public static final int OVERHEAD_BYTES = 32;

  public long index() {
    return position.index();
  }

  public long term() {
    return position.term();
  }

  /** What this entry counts against bounds given in bytes. */
  public long sizeBytes() {
    return (long) data.length + OVERHEAD_BYTES;
  }
}
