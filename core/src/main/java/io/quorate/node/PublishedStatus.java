package io.quorate.node;

import io.quorate.raft.Raft;

/** What other threads see of a node. Updated on the node's loop, read on any thread. */
final class PublishedStatus {
  private final Raft raft;
  private final long lastIndexAtStart;
  private volatile NodeStatus status = NodeStatus.STARTING;
  private volatile boolean caughtUp;

  /**
   * @param lastIndexAtStart of the log as it was found on the disk, 0 if it was empty
   */
  PublishedStatus(Raft raft, long lastIndexAtStart) {
    this.raft = raft;
    this.lastIndexAtStart = lastIndexAtStart;
  }

  NodeStatus status() {
    return status;
  }

  /**
   * True once this member has applied what its log held when it started, or as much of it as turned
   * out to be committed.
   */
  boolean isCaughtUp() {
    return caughtUp;
  }

  /** Publishes a new status if anything in it has changed. */
  void update(long applied, boolean isLeader, boolean isLearner) {
    if (!caughtUp && raft.leader() != 0) {
      caughtUp = applied >= Math.min(lastIndexAtStart, raft.status().last().index());
    }
    NodeStatus before = status;
    if (before.leader() != raft.leader()
        || before.term() != raft.term()
        || before.commit() != raft.committed()
        || before.applied() != applied
        || before.isLeader() != isLeader
        || before.isLearner() != isLearner) {
      status =
          new NodeStatus(
              raft.leader(), raft.term(), raft.committed(), applied, isLeader, isLearner);
    }
  }
}
