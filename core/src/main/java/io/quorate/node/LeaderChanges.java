package io.quorate.node;

import io.quorate.log.LoggerSource;
import io.quorate.raft.Raft;

/**
 * Who leads, as far as this member knows; tells the parts of the node that have to act when that
 * changes. Node loop only.
 */
final class LeaderChanges {
  private static final System.Logger LOG = LoggerSource.loggerOf(LeaderChanges.class);

  private final Raft raft;
  private final Requests requests;
  private final LeaseCalls leaseCalls;
  private final LevelRaise levelRaise;
  private final SnapshotTransfers snapshots;
  private final LeaderTransfer transfer;
  private long knownLeader;
  private boolean leading;

  LeaderChanges(
      Raft raft,
      Requests requests,
      LeaseCalls leaseCalls,
      LevelRaise levelRaise,
      SnapshotTransfers snapshots,
      LeaderTransfer transfer) {
    this.raft = raft;
    this.requests = requests;
    this.leaseCalls = leaseCalls;
    this.levelRaise = levelRaise;
    this.snapshots = snapshots;
    this.transfer = transfer;
  }

  /** This member led when {@link #update} was last called. */
  boolean isLeading() {
    return leading;
  }

  /**
   * To be called whenever Raft may have another leader.
   *
   * @return true if it has
   */
  boolean update() {
    if (raft.isLeader() != leading) {
      leading = raft.isLeader();
      if (leading) {
        leaseCalls.startLeading();
        levelRaise.startLeading();
      } else {
        snapshots.cancelOutgoing();
        leaseCalls.stopLeading();
      }
    }
    long leader = raft.leader();
    if (leader == knownLeader) {
      return false;
    }
    LOG.log(
        System.Logger.Level.INFO,
        leader == 0 ? "lost leader {0}" : "leader is {1}",
        Long.toHexString(knownLeader),
        Long.toHexString(leader));
    knownLeader = leader;
    requests.leaderChanged();
    leaseCalls.leaderChanged(leader);
    transfer.leaderChanged(leader);
    return true;
  }
}
