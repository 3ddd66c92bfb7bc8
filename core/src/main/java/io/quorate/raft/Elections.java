package io.quorate.raft;

import io.quorate.raft.Message.TimeoutNow;
import io.quorate.raft.Message.VoteRequest;
import io.quorate.raft.Message.VoteResponse;
import io.quorate.raft.RaftStatus.Role;
import io.quorate.raft.progress.Progress;
import io.quorate.raft.quorum.Ballot;
import io.quorate.raft.quorum.VoteResult;
import java.util.List;
import java.util.TreeMap;

/** Leader election: campaigns, votes, the quorum check, leadership transfer. */
final class Elections {
  private final Raft raft;
  private final RaftState s;
  private final TreeMap<Long, Ballot> ballots = new TreeMap<>(Long::compareUnsigned);

  /** The write that makes our own vote durable; 0 while it was not asked for yet. */
  private long ownVoteWrite;

  private int transferElapsed;

  Elections(Raft raft) {
    this.raft = raft;
    this.s = raft.state;
  }

  void forgetBallots() {
    ballots.clear();
    ownVoteWrite = 0;
  }

  // --- time ---

  /**
   * Paper 5.2: a follower that hears no leader for its election timeout campaigns. One that may not
   * has lost its leader all the same, and must not keep its vote from the others for its sake.
   */
  void tickWithoutLead() {
    s.electionElapsed++;
    // No other member could be leading, or refuse its vote.
    boolean alone = s.role == Role.FOLLOWER && s.leader == 0 && s.quorum().isJust(s.id());
    if (alone || s.electionElapsed >= s.electionTimeout) {
      s.electionElapsed = 0;
      if (mayCampaign()) {
        campaign();
      } else {
        raft.roles.becomeFollower(s.term, 0);
      }
    }
  }

  /**
   * Thesis 6.2: a leader that hears no majority for an election timeout cannot know whether it
   * still leads, and makes room. Thesis 3.10: a transfer that takes longer than that is given up.
   */
  void tickLeading() {
    if (s.transferTarget != 0 && ++transferElapsed >= s.config.electionTicks()) {
      s.transferTarget = 0;
    }
    s.electionElapsed++;
    if (s.electionElapsed < s.config.electionTicks()) {
      return;
    }
    s.electionElapsed = 0;
    if (s.config.checkQuorum() && !s.quorum().holds(this::isActive)) {
      raft.roles.becomeFollower(s.term, 0);
      return;
    }
    s.followers.values().forEach(Progress::forgetActivity);
  }

  private boolean isActive(long id) {
    Progress follower = s.followers.get(id);
    return id == s.id() || (follower != null && follower.isPresent());
  }

  /** Thesis 4.2.3: while a leader is heard from, requests for votes are ignored as disruptions. */
  boolean hearsLeader() {
    return s.config.checkQuorum() && s.leader != 0 && s.electionElapsed < s.config.electionTicks();
  }

  // --- campaigning ---

  private void campaign() {
    if (s.config.preVote()) {
      askBeforehand();
    } else {
      stand(false);
    }
  }

  private boolean mayCampaign() {
    // A change that is committed but not in force here may have taken our vote away, or given
    // somebody one whom we would not ask.
    return s.isVoter() && !s.isLeader() && !raft.confChanges.hasUnapplied();
  }

  /** The connection to the leader broke: ask the others, now, whether they miss it too. */
  void leaderLost() {
    raft.roles.becomeFollower(s.term, 0);
    askBeforehand();
  }

  /** Thesis 9.6, pre-vote: ask whether a campaign could be won before increasing the term. */
  private void askBeforehand() {
    if (!mayCampaign()) {
      return;
    }
    raft.roles.becomePreCandidate();
    ballots.put(s.id(), Ballot.GRANTED);
    if (result() == VoteResult.WON) {
      stand(false);
      return;
    }
    // Nothing here depends on what the disk does not hold yet.
    askForVotes(s.term + 1, true, false, s.now);
  }

  /** Paper 5.2: stand for the next term. Our own vote counts once it is durable. */
  private void stand(boolean transfer) {
    if (!mayCampaign()) {
      return;
    }
    raft.roles.becomeCandidate();
    askForVotes(s.term, false, transfer, s.afterPersist);
  }

  private void askForVotes(long term, boolean preVote, boolean transfer, List<Message> out) {
    TreeMap<Long, Boolean> others = new TreeMap<>(Long::compareUnsigned);
    s.conf().voters().forEach(id -> others.put(id, true));
    s.conf().votersOutgoing().forEach(id -> others.put(id, true));
    others.remove(s.id());
    for (long id : others.keySet()) {
      out.add(new VoteRequest(s.id(), id, term, s.log.last(), preVote, transfer));
    }
  }

  /** Our vote goes to the disk with {@code write}. */
  void writing(long write) {
    if (s.role == Role.CANDIDATE && ownVoteWrite == 0) {
      ownVoteWrite = write;
    }
  }

  /** Paper 5.1: what one promises is durable first; that holds for the vote for oneself, too. */
  void persisted(long write) {
    if (s.role == Role.CANDIDATE && ownVoteWrite != 0 && ownVoteWrite <= write) {
      ballots.put(s.id(), Ballot.GRANTED);
      count();
    }
  }

  private VoteResult result() {
    return s.quorum().voteResult(id -> ballots.getOrDefault(id, Ballot.MISSING));
  }

  private void count() {
    switch (result()) {
      case WON -> {
        if (s.role == Role.PRE_CANDIDATE) {
          stand(false);
        } else {
          raft.roles.becomeLeader();
        }
      }
      case LOST -> raft.roles.becomeFollower(s.term, 0);
      case PENDING -> {}
    }
  }

  // --- messages ---

  /**
   * Paper 5.2, 5.4.1: one vote a term, first come first served, and only for a log at least as up
   * to date as ours. A pre-vote (thesis 9.6) promises nothing, so it may go to many.
   */
  void onVoteRequest(VoteRequest m) {
    boolean free = s.vote == m.from() || (s.vote == 0 && s.leader == 0);
    boolean later = m.preVote() && m.term() > s.term;
    int log = m.last().compareTo(s.log.last());
    boolean granted = (free || later) && log >= 0;
    if (granted && m.preVote() && s.role == Role.PRE_CANDIDATE && log == 0 && later) {
      // Two that lost their leader at the same moment would now both win the pre-vote and then
      // split the vote. The smaller id goes first; only the order is decided, nothing promised.
      if (Long.compareUnsigned(m.from(), s.id()) < 0) {
        raft.roles.becomeFollower(s.term, 0);
      } else {
        granted = false;
      }
    }
    if (m.preVote()) {
      s.now.add(response(m, granted ? m.term() : s.term, granted));
      return;
    }
    if (granted) {
      if (s.role != Role.FOLLOWER) {
        raft.roles.becomeFollower(s.term, 0);
      }
      s.electionElapsed = 0;
      s.vote = m.from();
    }
    s.afterPersist.add(response(m, s.term, granted));
  }

  private VoteResponse response(VoteRequest m, long term, boolean granted) {
    LogPosition committed = s.log.position(s.log.committed());
    return new VoteResponse(s.id(), m.from(), term, granted, m.preVote(), committed);
  }

  /** Paper 5.2: a majority makes a leader; a majority against makes a follower. */
  void onVoteResponse(VoteResponse m) {
    boolean asked = s.role == (m.preVote() ? Role.PRE_CANDIDATE : Role.CANDIDATE);
    long inTerm = m.preVote() && m.granted() ? s.term + 1 : s.term;
    if (!asked || m.term() != inTerm) {
      return;
    }
    ballots.putIfAbsent(m.from(), m.granted() ? Ballot.GRANTED : Ballot.REFUSED);
    count();
  }

  /** Paper 5.1: a candidate of an old term is told the new term. */
  void refuseStale(VoteRequest m) {
    (m.preVote() ? s.now : s.afterPersist).add(response(m, s.term, false));
  }

  /** Thesis 3.10: the leader wants us to take over, without delay and without asking beforehand. */
  void onTimeoutNow(TimeoutNow m) {
    if (s.role == Role.FOLLOWER && (s.leader == m.from() || s.leader == 0)) {
      stand(true);
    }
  }

  // --- hand-over ---

  /** Thesis 3.10: stop proposals, bring the target up to date, then have it campaign at once. */
  void transfer(long target) {
    Progress follower = s.followers.get(target);
    if (!s.isLeader()
        || follower == null
        || target == s.transferTarget
        || !s.quorum().incoming().contains(target)) {
      return;
    }
    s.transferTarget = target;
    transferElapsed = 0;
    handOverIfCaughtUp(follower);
  }

  void handOverIfCaughtUp(Progress follower) {
    if (s.transferTarget == follower.id() && follower.match() == s.log.lastIndex()) {
      s.now.add(new TimeoutNow(s.id(), follower.id(), s.term));
    }
  }

  void validate() {
    boolean candidate = s.role == Role.CANDIDATE || s.role == Role.PRE_CANDIDATE;
    if (!candidate && !ballots.isEmpty()) {
      throw new IllegalStateException("ballots held as " + s.role);
    }
    if ((s.role == Role.CANDIDATE || s.role == Role.LEADER) && s.vote != s.id()) {
      throw new IllegalStateException(s.role + " without its own vote: voted " + s.vote);
    }
    if (s.isLeader() != (s.leader == s.id())) {
      throw new IllegalStateException(s.role + " thinks that the leader is " + s.leader);
    }
    if (candidate && s.leader != 0) {
      throw new IllegalStateException(s.role + " knows a leader, " + s.leader);
    }
  }
}
