package io.quorate.node;

import io.quorate.log.LoggerSource;
import io.quorate.raft.Entry;
import io.quorate.raft.LogPosition;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Keeps account of the entries in the log that were handed to the applier. From that follows when a
 * checkpoint of the state is due, how far the log may be cut after it, and whether the log is full
 * until then. Node loop only, except for {@link #isFull}.
 */
final class RetainedLog {
  private static final System.Logger LOG = LoggerSource.loggerOf(RetainedLog.class);

  private final NodeConfig config;
  private final ArrayDeque<Size> entries = new ArrayDeque<>();
  private long bytes;
  private long lastCheckpointIndex;
  private boolean checkpointing;
  private volatile boolean full;

  private record Size(LogPosition position, long bytes) {}

  /**
   * @param applied index up to which the state is applied when the node starts
   */
  RetainedLog(NodeConfig config, long applied) {
    this.config = config;
    lastCheckpointIndex = applied;
  }

  void add(Entry entry) {
    if (!entries.isEmpty() && entry.index() <= entries.getLast().position.index()) {
      return;
    }
    entries.add(new Size(entry.position(), entry.sizeBytes()));
    bytes += entry.sizeBytes();
    noteFullness();
  }

  /** The log begins anew after a snapshot that ends at {@code index}. */
  void replaced(long index) {
    entries.clear();
    bytes = 0;
    lastCheckpointIndex = index;
    noteFullness();
  }

  /** True while the node should take no more entries, as too many are in memory. Any thread. */
  boolean isFull() {
    return full;
  }

  private void noteFullness() {
    boolean now = bytes >= config.maxLogBytes();
    if (now != full) {
      full = now;
      LOG.log(
          now ? System.Logger.Level.WARNING : System.Logger.Level.INFO,
          now ? "log full: {0} bytes wait for the state to be written" : "log has room: {0} bytes",
          Long.toString(bytes));
    }
  }

  /**
   * True if enough entries have been applied since the last checkpoint; or if they have many bytes
   * and a checkpoint would free some of them. Without the latter a full log could stay full, as
   * nothing more would be applied.
   */
  boolean isCheckpointDue(long applied) {
    return !checkpointing
        && (applied - lastCheckpointIndex >= config.snapshotCount()
            || bytes > config.maxLogBytes() / 2 && entries.getFirst().position.index() <= applied);
  }

  void checkpointBegins(long applied) {
    checkpointing = true;
    lastCheckpointIndex = applied;
  }

  /**
   * Forgets entries up to {@code synced}, as their effects would survive a power cut; some are kept
   * for slow followers.
   *
   * @return the last entry to be cut off, null if there is none
   */
  @Nullable LogPosition checkpointEnds(LogPosition synced) {
    checkpointing = false;
    LogPosition upTo = null;
    while (!entries.isEmpty()
        && entries.getFirst().position.index() <= synced.index()
        && (entries.getFirst().position.index() <= synced.index() - config.catchupEntries()
            || bytes > config.maxLogBytes() / 4)) {
      Size first = entries.removeFirst();
      bytes -= first.bytes;
      upTo = first.position;
    }
    noteFullness();
    return upTo;
  }
}
