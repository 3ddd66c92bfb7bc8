package io.quorate.raft;

import io.quorate.raft.RaftStatus.Role;
import io.quorate.raft.progress.Progress;
import io.quorate.raft.quorum.Joint;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** What a member is and knows (paper fig. 2), and what it has to say at the end of the turn. */
final class RaftState {
  /** The configuration in force from {@code index} on. */
  private record ConfAt(long index, ConfState conf) {}

  final RaftConfig config;
  final RaftLog log;
  final Jitter jitter;

  Role role = Role.FOLLOWER;
  long term;
  long vote;
  long leader;

  /** Followers: since the leader was heard. Leaders: since the last quorum check. */
  int electionElapsed;

  int heartbeatElapsed;

  /** Drawn anew at each change of role or term. */
  int electionTimeout;

  /** The others as the leader sees them, by id; empty on members that do not lead. */
  final TreeMap<Long, Progress> followers = new TreeMap<>(Long::compareUnsigned);

  /** Target of the leadership transfer in progress, 0 for none. */
  long transferTarget;

  /** Some follower may have to be sent something when the turn ends. */
  boolean sendsDue;

  List<Message> now = new ArrayList<>();
  List<Message> afterPersist = new ArrayList<>();
  List<Ready.ReadState> reads = new ArrayList<>();

  private ConfState conf;
  private Joint quorum;

  // A snapshot is of what is applied, which may lag behind the configuration in force.
  private final ArrayDeque<ConfAt> confHistory = new ArrayDeque<>();

  RaftState(RaftConfig config, long seed, Restored restored) {
    this.config = config;
    log = new RaftLog(restored);
    jitter = new Jitter(seed);
    term = restored.hardState().term();
    vote = restored.hardState().vote();
    conf = restored.conf();
    quorum = Joint.of(conf.voters(), conf.votersOutgoing());
    confHistory.add(new ConfAt(log.applied(), conf));
    restartElectionTimer();
  }

  void restartElectionTimer() {
    electionElapsed = 0;
    heartbeatElapsed = 0;
    electionTimeout = config.electionTicks() + jitter.below(config.electionTicks());
  }

  void setConf(long index, ConfState to) {
    conf = to;
    quorum = Joint.of(to.voters(), to.votersOutgoing());
    confHistory.addLast(new ConfAt(index, to));
  }

  void forgetConfBelow(long index) {
    while (confHistory.size() > 1 && second().index() <= index) {
      confHistory.removeFirst();
    }
  }

  private ConfAt second() {
    var all = confHistory.iterator();
    all.next();
    return all.next();
  }

  ConfState conf() {
    return conf;
  }

  /** The configuration as of the applied index. */
  ConfState confApplied() {
    return confHistory.getFirst().conf();
  }

  Joint quorum() {
    return quorum;
  }

  long id() {
    return config.id();
  }

  boolean isLeader() {
    return role == Role.LEADER;
  }

  /** Only voters campaign; learners and those not in the configuration wait to be told. */
  boolean isVoter() {
    return quorum.contains(id());
  }

  /** True once a leader knows how far the log is committed (paper 8, thesis 6.4). */
  boolean committedInTerm() {
    return log.termAt(log.committed()) == term;
  }

  HardState hardState() {
    return new HardState(term, vote, log.committed());
  }
}
