package io.quorate.raft;

import io.quorate.raft.Message.InstallSnapshot;
import io.quorate.raft.membership.Membership;
import io.quorate.raft.progress.Progress;

/** State instead of log, for those too far behind (paper 7, thesis 5). */
final class Snapshots {
  private final Raft raft;
  private final RaftState s;

  Snapshots(Raft raft) {
    this.raft = raft;
    this.s = raft.state;
  }

  /** Paper 7: the log no longer reaches back to what the follower needs. */
  void send(Progress follower) {
    if (!follower.recentlyActive()) {
      return; // Nobody is there to carry it to; an answer will bring us back here.
    }
    LogPosition position = s.log.position(s.log.applied());
    SnapshotMeta meta = new SnapshotMeta(position, s.confApplied());
    follower.becomeSnapshot(position.index());
    s.now.add(new InstallSnapshot(s.id(), follower.id(), s.term, meta));
  }

  void sent(long peer, boolean arrived) {
    Progress follower = s.followers.get(peer);
    if (follower != null) {
      follower.snapshotEnded(arrived);
    }
  }

  /**
   * Paper 7, fig. 13: take the place of log and state, unless our log already holds that entry:
   * then only learn that it is committed.
   */
  void onInstall(InstallSnapshot m) {
    LogPosition position = m.meta().position();
    if (position.index() < 1 || position.term() < 1 || position.term() > m.term()) {
      return;
    }
    if (position.index() > s.log.committed()) {
      if (s.log.has(position)) {
        s.log.commitTo(position.index());
      } else if (isSound(m.meta().conf())) {
        s.log.restore(m.meta());
        raft.confChanges.restored(position.index(), m.meta().conf());
      } else {
        return;
      }
    }
    raft.replication.accept(m, s.log.committed());
  }

  private static boolean isSound(ConfState conf) {
    try {
      Membership.check(conf);
      return !conf.voters().isEmpty();
    } catch (IllegalArgumentException foreign) {
      return false;
    }
  }
}
