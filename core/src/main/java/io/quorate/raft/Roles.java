package io.quorate.raft;

import io.quorate.raft.RaftStatus.Role;

/**
 * The changes of role (paper fig. 4), the only places where term, vote, leader and role are
 * written.
 */
final class Roles {
  private final Raft raft;
  private final RaftState s;

  Roles(Raft raft) {
    this.raft = raft;
    this.s = raft.state;
  }

  /**
   * @param leader of {@code term} as far as known, 0 for none
   */
  void becomeFollower(long term, long leader) {
    boolean led = s.isLeader();
    boolean moved = led || term != s.term || leader != s.leader;
    if (term != s.term) {
      s.term = term;
      s.vote = 0;
    }
    enter(Role.FOLLOWER, leader);
    if (moved) {
      raft.reads.leadershipMoved(led);
    }
  }

  /** Thesis 9.6: nothing that must be remembered changes; the term stays as it is. */
  void becomePreCandidate() {
    boolean moved = s.leader != 0;
    enter(Role.PRE_CANDIDATE, 0);
    if (moved) {
      raft.reads.leadershipMoved(false);
    }
  }

  /** Paper 5.2: a new term, and the first vote is one's own. */
  void becomeCandidate() {
    boolean moved = s.leader != 0;
    s.term++;
    s.vote = s.id();
    enter(Role.CANDIDATE, 0);
    if (moved) {
      raft.reads.leadershipMoved(false);
    }
  }

  /**
   * Paper 5.2, 5.4.2, 8: the new leader begins its term with an empty entry, because only an entry
   * of its own term lets it commit those before.
   */
  void becomeLeader() {
    enter(Role.LEADER, s.id());
    raft.replication.beginTerm();
    raft.confChanges.beginTerm();
  }

  private void enter(Role role, long leader) {
    s.role = role;
    s.leader = leader;
    s.transferTarget = 0;
    s.followers.clear();
    raft.elections.forgetBallots();
    s.restartElectionTimer();
  }
}
