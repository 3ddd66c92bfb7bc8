package io.quorate.raft;

import io.quorate.raft.Entry.Kind;
import io.quorate.raft.membership.Membership;
import io.quorate.raft.progress.Progress;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes of the configuration (thesis 4), one at a time, in force when applied: the majority that
 * commits a change is the one before it.
 */
final class ConfChanges {
  private static final byte[] NO_CONTEXT = new byte[0];

  private final Raft raft;
  private final RaftState s;

  /** Handed to the host, which has not told yet what becomes of them. */
  private final ArrayDeque<Long> handedOut = new ArrayDeque<>();

  /** Leader: the newest change in its log when it began, or since; 0 for none. */
  private long newest;

  /** The newest change that was taken or refused. */
  private long settled;

  ConfChanges(Raft raft) {
    this.raft = raft;
    this.s = raft.state;
    this.settled = s.log.applied();
  }

  /** A committed change that is not in force here yet. */
  boolean hasUnapplied() {
    return !handedOut.isEmpty() || s.log.hasConfChange(s.log.emitted() + 1, s.log.committed());
  }

  /** Leads now: whatever change is in the tail must be settled before the next one. */
  void beginTerm() {
    newest = handedOut.isEmpty() ? settled : handedOut.getLast();
    for (long index = s.log.emitted() + 1; index <= s.log.lastIndex(); index++) {
      if (s.log.get(index).kind() == Kind.CONF_CHANGE) {
        newest = index;
      }
    }
    leaveJointIfDue();
  }

  private boolean isPending() {
    return newest > settled;
  }

  Raft.@Nullable Refusal refusal(ConfChange change) {
    if (isPending()) {
      return Raft.Refusal.CONF_CHANGE_PENDING;
    }
    try {
      Membership.apply(s.conf(), change);
      return null;
    } catch (IllegalArgumentException invalid) {
      return Raft.Refusal.CONF_CHANGE_INVALID;
    }
  }

  LogPosition append(ConfChange change) {
    LogPosition position =
        raft.replication.append(Kind.CONF_CHANGE, ConfChangeCodec.encode(change));
    newest = position.index();
    return position;
  }

  void handingOut(List<Entry> committed) {
    for (Entry entry : committed) {
      if (entry.kind() == Kind.CONF_CHANGE) {
        handedOut.addLast(entry.index());
      }
    }
  }

  ConfState settle(@Nullable ConfChange change) {
    Long index = handedOut.peekFirst();
    if (index == null) {
      throw new IllegalStateException("no configuration change was handed out");
    }
    ConfState conf = change == null ? s.conf() : Membership.apply(s.conf(), change);
    handedOut.removeFirst();
    settled = index;
    if (change != null) {
      s.setConf(index, conf);
      s.forgetConfBelow(s.log.applied());
    }
    if (s.isLeader()) {
      leadOn();
    }
    return conf;
  }

  /** A snapshot brings its configuration; changes from before it are in it. */
  void restored(long index, ConfState conf) {
    handedOut.clear();
    settled = index;
    s.setConf(index, conf);
    s.forgetConfBelow(index);
  }

  /** The leader adapts to the configuration that now is in force. */
  private void leadOn() {
    if (!s.isVoter()) {
      // Thesis 4.2.2: a leader that is no voter any more steps down once the change is applied.
      // Let the others hear of it first, or they would have to find out by an election.
      raft.replication.gather();
      raft.roles.becomeFollower(s.term, 0);
      return;
    }
    ConfState conf = s.conf();
    s.followers.keySet().removeIf(id -> !s.quorum().contains(id) && !conf.learners().contains(id));
    for (List<Long> ids : List.of(conf.voters(), conf.votersOutgoing())) {
      ids.forEach(id -> raft.replication.follow(id, false));
    }
    conf.learners().forEach(id -> raft.replication.follow(id, true));
    if (s.transferTarget != 0 && !s.quorum().incoming().contains(s.transferTarget)) {
      s.transferTarget = 0;
    }
    // Fewer may be needed now than have answered already.
    raft.replication.commitByCounting();
    raft.reads.quorumChanged();
    leaveJointIfDue();
  }

  /** Thesis 4.3: once C_old,new is committed and in force, C_new can follow. */
  private void leaveJointIfDue() {
    if (s.conf().autoLeave() && !isPending()) {
      append(new ConfChange(ConfChange.Transition.AUTO, List.of(), NO_CONTEXT));
    }
  }

  void validate() {
    Membership.check(s.conf());
    if (!s.isLeader()) {
      return;
    }
    for (Progress follower : s.followers.values()) {
      boolean learner = s.conf().learners().contains(follower.id());
      if (learner != follower.isLearner() || learner == s.quorum().contains(follower.id())) {
        throw new IllegalStateException("follower " + follower.id() + " is not as in " + s.conf());
      }
    }
    if (s.transferTarget != 0 && !s.followers.containsKey(s.transferTarget)) {
      throw new IllegalStateException("handing over to a stranger, " + s.transferTarget);
    }
  }
}
