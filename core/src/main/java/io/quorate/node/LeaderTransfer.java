package io.quorate.node;

import io.quorate.command.EtcdError;
import io.quorate.raft.RaftStatus;
import org.jspecify.annotations.Nullable;

/** Leadership on its way to another member, one hand-over at a time. Node loop only. */
final class LeaderTransfer {
  private record UnderWay(long target, long deadlineTick, Callback<Long> callback) {}

  private @Nullable UnderWay transfer;

  boolean isUnderWay() {
    return transfer != null;
  }

  /**
   * @param callback completes with {@code target} when that one leads, else fails with
   *     TIMEOUT_LEADER_TRANSFER at {@code deadlineTick}
   */
  void begin(long target, long deadlineTick, Callback<Long> callback) {
    if (transfer != null) {
      throw new IllegalStateException("a hand-over is under way: " + transfer);
    }
    transfer = new UnderWay(target, deadlineTick, callback);
  }

  void leaderIs(long leader) {
    UnderWay t = transfer;
    if (t != null && leader == t.target) {
      transfer = null;
      t.callback.complete(leader);
    }
  }

  void tick(long nowTick) {
    UnderWay t = transfer;
    if (t != null && t.deadlineTick <= nowTick) {
      transfer = null;
      t.callback.fail(EtcdError.TIMEOUT_LEADER_TRANSFER);
    }
  }

  void stop() {
    UnderWay t = transfer;
    transfer = null;
    if (t != null) {
      t.callback.fail(EtcdError.STOPPED);
    }
  }

  /** The follower that has most of the log and votes; 0 if there is none. */
  static long heirAmong(RaftStatus status) {
    long best = 0;
    long bestMatch = -1;
    for (RaftStatus.Follower f : status.followers()) {
      if (!f.learner() && f.recentlyActive() && f.match() > bestMatch) {
        best = f.id();
        bestMatch = f.match();
      }
    }
    return best;
  }
}
