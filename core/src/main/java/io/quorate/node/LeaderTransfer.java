package io.quorate.node;

import io.quorate.apply.MemberTable;
import io.quorate.command.EtcdError;
import io.quorate.command.Member;
import io.quorate.raft.Raft;
import io.quorate.raft.RaftStatus;
import org.jspecify.annotations.Nullable;

/** Transfers of leadership to another member, one at a time. Node loop only. */
final class LeaderTransfer {
  private record UnderWay(long target, long deadlineTick, Callback<Long> callback) {}

  private final NodeConfig config;
  private final Raft raft;
  private @Nullable UnderWay transfer;
  private long nowTick;

  LeaderTransfer(NodeConfig config, Raft raft) {
    this.config = config;
    this.raft = raft;
  }

  /**
   * Begins a transfer that a client asked for, after etcd's checks.
   *
   * @param callback completes with {@code target} when that one leads, else fails with what is
   *     wrong, or with TIMEOUT_LEADER_TRANSFER
   * @return true if Raft now has something to do for it
   */
  boolean begin(long target, MemberTable members, Callback<Long> callback) {
    Member member = members.member(target);
    if (!raft.isLeader()) {
      callback.fail(EtcdError.NOT_LEADER);
    } else if (member == null || member.isLearner()) {
      callback.fail(EtcdError.BAD_LEADER_TRANSFEREE);
    } else if (target == config.raft().id()) {
      callback.complete(target);
    } else if (transfer != null) {
      callback.fail(EtcdError.TIMEOUT_LEADER_TRANSFER);
    } else {
      begin(target, config.requestTimeoutTicks(), callback);
      return true;
    }
    return false;
  }

  /**
   * Begins a transfer to the follower whose log is the most complete.
   *
   * @param done run when another member leads or that has failed; at once if this member does not
   *     lead, nobody can take over or a transfer is under way
   * @return true if Raft now has something to do for it
   */
  boolean abdicate(Runnable done) {
    long successor = successorAmong(raft.status());
    if (successor == 0 || transfer != null) {
      done.run();
      return false;
    }
    begin(
        successor,
        config.raft().electionTicks(),
        new Callback<>() {
          @Override
          public void complete(Long leader) {
            done.run();
          }

          @Override
          public void fail(EtcdError error) {
            done.run();
          }
        });
    return true;
  }

  private void begin(long target, int timeoutTicks, Callback<Long> callback) {
    transfer = new UnderWay(target, nowTick + timeoutTicks, callback);
    raft.transferLeader(target);
  }

  /**
   * Another member leads now.
   *
   * @param leader 0 for none
   */
  void leaderChanged(long leader) {
    UnderWay t = transfer;
    if (t != null && leader == t.target) {
      transfer = null;
      t.callback.complete(leader);
    }
  }

  void tick(long tick) {
    nowTick = tick;
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

  /** The voter that has most of the log and has answered recently; 0 if there is none. */
  private static long successorAmong(RaftStatus status) {
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
