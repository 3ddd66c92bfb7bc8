package io.quorate.node;

import io.quorate.log.LoggerSource;
import io.quorate.raft.Entry;
import io.quorate.raft.LogPosition;
import io.quorate.raft.Raft;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Makes checkpoints: syncs the state, and then cuts off entries of the log whose effects would now
 * survive a power cut. Node loop only, except for {@link #isBehind}.
 */
final class Checkpoints {
  private static final System.Logger LOG = LoggerSource.loggerOf(Checkpoints.class);

  private final Raft raft;
  private final LogQueue log;
  private final ApplyLoop applyLoop;
  private final Executor loop;
  private final RetainedLog retained;
  private long applied;
  private boolean suspended;
  private boolean stopped;

  /**
   * @param applied index up to which the state is applied when the node starts
   * @param entries all of the log
   */
  Checkpoints(
      NodeConfig config,
      Raft raft,
      LogQueue log,
      ApplyLoop applyLoop,
      Executor loop,
      long applied,
      List<Entry> entries) {
    this.raft = raft;
    this.log = log;
    this.applyLoop = applyLoop;
    this.loop = loop;
    this.applied = applied;
    retained = new RetainedLog(config, applied);
    for (Entry entry : entries) {
      if (entry.index() <= applied) {
        retained.add(entry);
      }
    }
  }

  /** The state's disk lags so far behind that the node must take no more entries. Any thread. */
  boolean isBehind() {
    return retained.isFull() || applyLoop.isBehind();
  }

  /** These entries go to the applier. */
  void committed(List<Entry> entries) {
    for (Entry entry : entries) {
      retained.add(entry);
    }
  }

  /** Everything up to {@code index} is applied; begins a checkpoint if one is due. */
  void applied(long index) {
    applied = index;
    checkpointIfDue();
  }

  /** No checkpoint begins until {@link #restart}, since the state is about to be replaced. */
  void suspend() {
    suspended = true;
  }

  /** State and log now begin at {@code index}, with a snapshot that was installed. */
  void restart(long index) {
    suspended = false;
    applied = index;
    retained.replaced(index);
  }

  private void checkpointIfDue() {
    if (!suspended && retained.isCheckpointDue(applied)) {
      retained.checkpointBegins(applied);
      applyLoop.checkpoint(synced -> loop.execute(() -> checkpointed(synced)));
    }
  }

  private void checkpointed(LogPosition synced) {
    if (stopped) {
      return;
    }
    LogPosition upTo = retained.checkpointEnds(synced);
    if (upTo != null) {
      raft.compact(upTo.index());
      log.truncatePrefix(upTo);
      LOG.log(
          System.Logger.Level.INFO,
          "saved snapshot: state durable up to index {0}, log cut up to {1}",
          Long.toString(synced.index()),
          Long.toString(upTo.index()));
    }
    checkpointIfDue(); // much may have been applied meanwhile
  }

  void stop() {
    stopped = true;
  }
}
