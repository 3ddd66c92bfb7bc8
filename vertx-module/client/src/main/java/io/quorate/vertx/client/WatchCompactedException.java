package io.quorate.vertx.client;

/** Compaction has removed events that a watch had not delivered yet. */
public final class WatchCompactedException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final long compactRevision;

  /**
   * @param compactRevision the oldest revision that can still be read
   */
  public WatchCompactedException(long compactRevision) {
    super("revisions before " + compactRevision + " have been compacted");
    this.compactRevision = compactRevision;
  }

  /** The oldest revision that can still be read. */
  public long compactRevision() {
    return compactRevision;
  }
}
