package io.quorate.node;

import io.quorate.log.LoggerSource;
import io.quorate.raft.Entry;
import io.quorate.raft.LogPosition;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What the log holds of entries that were handed to the applier, and so when a checkpoint of the
 * state is due, how far the log may be cut after it, and whether it is full until then. Node loop
 * only, except for {@link #isFull}.
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
   * @param applied where the state is when the node starts
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

  /** The log begins anew behind a snapshot at {@code index}. */
  void replaced(long index) {
    entries.clear();
    bytes = 0;
    lastCheckpointIndex = index;
    noteFullness();
  }

  /** True while no more entries should come, for the state lags too far behind. Any thread. */
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
   * By the number of entries, or by their bytes and then whenever a checkpoint would free some: a
   * log that is full must not stay so because nothing can be applied any more.
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
   * What is up to {@code synced} survives a power cut, so it may be forgotten; some is kept for
   * slow followers.
   *
   * @return up to where the log is to be cut, null for not at all
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
