package io.quorate.raft;

import io.quorate.raft.Message.AppendRequest;
import io.quorate.raft.Message.AppendResponse;
import io.quorate.raft.Message.Heartbeat;
import io.quorate.raft.Message.HeartbeatResponse;
import io.quorate.raft.Message.InstallSnapshot;
import io.quorate.raft.Message.ReadIndexRequest;
import io.quorate.raft.Message.ReadIndexResponse;
import io.quorate.raft.Message.TimeoutNow;
import io.quorate.raft.Message.VoteRequest;
import io.quorate.raft.Message.VoteResponse;
import io.quorate.raft.RaftStatus.Role;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The protocol of one member: what happens goes in by the methods, what is to be done comes out of
 * {@link #ready()}. One thread at a time, the caller's; nothing here blocks or calls back.
 *
 * <p>This class dispatches. The rules are in {@link Elections}, {@link Replication}, {@link
 * Snapshots}, {@link Reads} and {@link ConfChanges}, the changes of role in {@link Roles}.
 */
public final class Raft {

  /** Why a proposal was not taken. */
  public enum Refusal {
    NOT_LEADER,
    /** Leadership is being handed over. */
    TRANSFERRING,
    /** {@link RaftConfig#maxUncommittedBytes()} is reached. */
    UNCOMMITTED_FULL,
    /** Another configuration change has not been applied yet. */
    CONF_CHANGE_PENDING,
    /** A joint configuration must be left first, or there is none to leave. */
    CONF_CHANGE_INVALID
  }

  /**
   * Answer to a proposal: exactly one of the two is there.
   *
   * @param position where the entry was put; it may still be lost if leadership is
   */
  public record Offer(@Nullable LogPosition position, @Nullable Refusal refusal) {}

  /**
   * A term this far above ours is not reached by campaigns, one each tick for a hundred years. A
   * member that adopted such terms could reach the last term there is, after which there can be no
   * leader.
   */
  private static final long MAX_TERM_LEAP = 1L << 32;

  final RaftState state;
  final Roles roles;
  final Elections elections;
  final Replication replication;
  final Snapshots snapshots;
  final Reads reads;
  final ConfChanges confChanges;

  /** What the host was last asked to remember. */
  private HardState said;

  /**
   * @param seed of the election jitter; two members must not share it, nor two starts of one member
   * @throws IllegalArgumentException as {@link Restored#check} says
   */
  public Raft(RaftConfig config, long seed, Restored restored) {
    restored.check();
    state = new RaftState(config, seed, restored);
    said = state.hardState();
    roles = new Roles(this);
    elections = new Elections(this);
    replication = new Replication(this);
    snapshots = new Snapshots(this);
    reads = new Reads(this);
    confChanges = new ConfChanges(this);
  }

  /** Time passes by one tick. */
  public void tick() {
    if (state.isLeader()) {
      elections.tickLeading();
    }
    if (state.isLeader()) {
      replication.tickLeading();
    } else {
      reads.tickFollowing();
      elections.tickWithoutLead();
    }
  }

  /** A message from another member arrived. What makes no sense is dropped. */
  public void step(Message message) {
    if (message.to() != id()
        || message.from() == id()
        || message.from() == 0
        || message.term() > state.term + MAX_TERM_LEAP) {
      return;
    }
    if (message instanceof VoteResponse vote) {
      // What is committed stays so: of whatever term the sender is, and whatever it answers.
      replication.learnCommitted(vote.committed());
    }
    if (isAdmitted(message)) {
      dispatch(message);
    }
  }

  /**
   * Paper 5.1, figure 2, rules for all servers: a later term makes a follower, an earlier one is
   * refused. Two exceptions avoid disruptions: a member that hears from a leader ignores requests
   * for votes (thesis 4.2.3), and a request for a pre-vote changes no term (thesis 9.6).
   */
  private boolean isAdmitted(Message message) {
    Message.Kind kind = message.kind();
    if (message.term() > state.term) {
      if (message instanceof VoteRequest vote) {
        if (elections.hearsLeader() && (vote.preVote() || !vote.transfer())) {
          return false;
        }
        if (vote.preVote()) {
          return true;
        }
      } else if (message instanceof VoteResponse vote && vote.preVote() && vote.granted()) {
        return true;
      }
      roles.becomeFollower(message.term(), isFromLeader(kind) ? message.from() : 0);
    } else if (message.term() < state.term) {
      refuseStale(message);
      return false;
    }
    return !isFromLeader(kind) || isAcceptedLeader(message.from());
  }

  private static boolean isFromLeader(Message.Kind kind) {
    return switch (kind) {
      case APPEND_REQUEST, HEARTBEAT, INSTALL_SNAPSHOT -> true;
      case VOTE_REQUEST,
          VOTE_RESPONSE,
          APPEND_RESPONSE,
          HEARTBEAT_RESPONSE,
          TIMEOUT_NOW,
          READ_INDEX_REQUEST,
          READ_INDEX_RESPONSE ->
          false;
    };
  }

  /** Paper 5.2: there is one leader a term, and hearing it ends any campaign. */
  private boolean isAcceptedLeader(long from) {
    if (state.isLeader() || state.term == 0 || (state.leader != 0 && state.leader != from)) {
      return false;
    }
    if (state.leader == 0) {
      roles.becomeFollower(state.term, from);
    }
    state.electionElapsed = 0;
    return true;
  }

  private void refuseStale(Message message) {
    if (message instanceof VoteRequest vote) {
      elections.refuseStale(vote);
    } else if (isFromLeader(message.kind())) {
      replication.refuseStale(message);
    }
  }

  private void dispatch(Message m) {
    switch (m.kind()) {
      case VOTE_REQUEST -> elections.onVoteRequest((VoteRequest) m);
      case VOTE_RESPONSE -> elections.onVoteResponse((VoteResponse) m);
      case APPEND_REQUEST -> replication.onAppendRequest((AppendRequest) m);
      case APPEND_RESPONSE -> replication.onAppendResponse((AppendResponse) m);
      case HEARTBEAT -> replication.onHeartbeat((Heartbeat) m);
      case HEARTBEAT_RESPONSE -> replication.onHeartbeatResponse((HeartbeatResponse) m);
      case INSTALL_SNAPSHOT -> snapshots.onInstall((InstallSnapshot) m);
      case TIMEOUT_NOW -> elections.onTimeoutNow((TimeoutNow) m);
      case READ_INDEX_REQUEST -> reads.onRequest((ReadIndexRequest) m);
      case READ_INDEX_RESPONSE -> reads.onResponse((ReadIndexResponse) m);
    }
  }

  /** Appends {@code data} as one entry, if this member leads. */
  public Offer propose(byte[] data) {
    Refusal refusal = refusal(data);
    return refusal != null
        ? new Offer(null, refusal)
        : new Offer(replication.append(Entry.Kind.NORMAL, data), null);
  }

  /** Appends a configuration change, if this member leads and none is pending. */
  public Offer proposeConfChange(ConfChange change) {
    Refusal refusal = refusal(change.context());
    if (refusal == null) {
      refusal = confChanges.refusal(change);
    }
    return refusal != null ? new Offer(null, refusal) : new Offer(confChanges.append(change), null);
  }

  private @Nullable Refusal refusal(byte[] data) {
    if (!state.isLeader()) {
      return Refusal.NOT_LEADER;
    }
    if (state.transferTarget != 0) {
      return Refusal.TRANSFERRING;
    }
    return replication.hasRoomFor(data) ? null : Refusal.UNCOMMITTED_FULL;
  }

  /**
   * The host tells that a committed configuration change takes effect now (or, with no steps for a
   * change its state machine refused, that it does not: {@code null}). To be called in log order,
   * when the entry is taken from {@link Ready#committed()}.
   *
   * @return the configuration that is in force from here on
   * @throws IllegalArgumentException if the change cannot be applied to the configuration in force;
   *     then nothing has happened, and the host may call again with {@code null}
   * @throws IllegalStateException if no configuration change was handed out
   */
  public ConfState applyConfChange(@Nullable ConfChange change) {
    return confChanges.settle(change);
  }

  /**
   * Asks for a read index (thesis 6.4); the answer comes in {@link Ready#reads()}, always, unless
   * this member stays without a leader: hosts bound the wait.
   *
   * @param context ascending and unique within this object's life, not 0
   */
  public void readIndex(long context) {
    reads.ask(context);
  }

  /** Hands leadership to {@code target} if this member leads and target votes (thesis 3.10). */
  public void transferLeader(long target) {
    elections.transfer(target);
  }

  /** A hint that {@code peer} is gone; a lost leader makes a follower pre-vote at once. */
  public void peerLost(long peer) {
    if (state.isLeader()) {
      replication.unreachable(peer);
    } else if (peer != 0 && peer == state.leader) {
      elections.leaderLost();
    }
  }

  /** A message to {@code peer} was not delivered: optimistic replication falls back to probing. */
  public void unreachable(long peer) {
    replication.unreachable(peer);
  }

  /** The host ended (or gave up) carrying a snapshot to {@code peer}. */
  public void snapshotSent(long peer, boolean arrived) {
    snapshots.sent(peer, arrived);
  }

  /** The writes up to and with {@code write} are durable. */
  public void persisted(long write) {
    long effective = state.log.effective();
    state.log.persistedWrite(write);
    state.sendsDue |= state.log.effective() != effective;
    elections.persisted(write);
    if (state.isLeader()) {
      replication.commitByCounting();
    }
  }

  /** The state machine holds all effects up to {@code index}. */
  public void applied(long index) {
    state.log.appliedTo(index);
    state.forgetConfBelow(state.log.applied());
  }

  /** Forgets the log in memory up to and with {@code index}, at most up to what is applied. */
  public void compact(long index) {
    state.log.compact(index);
  }

  /**
   * True if {@link #ready()} may have something to say; it then may still be that a follower that
   * something is due for cannot take it now.
   */
  public boolean hasReady() {
    return !state.now.isEmpty()
        || !state.afterPersist.isEmpty()
        || !state.reads.isEmpty()
        || state.log.hasUnwritten()
        || state.log.hasCommitted()
        || state.sendsDue
        || reads.due()
        || !isSaid();
  }

  private boolean isSaid() {
    return said.term() == state.term
        && said.vote() == state.vote
        && said.commit() == state.log.committed();
  }

  /** Takes what this turn asks for; it counts as said. */
  public Ready ready() {
    replication.gather();
    reads.begin();
    HardState before = said;
    boolean stateMoved = !isSaid();
    said = stateMoved ? state.hardState() : said;
    boolean promises =
        said.term() != before.term()
            || said.vote() != before.vote()
            || state.log.effective() != state.log.committed();

    long write = 0;
    List<Entry> entries = List.of();
    SnapshotMeta snapshot = null;
    boolean mustSync = false;
    if (stateMoved || state.log.hasUnwritten()) {
      write = state.log.nextWrite();
      snapshot = state.log.takeSnapshot();
      mustSync = promises || snapshot != null || state.log.hasUnwritten();
      entries = state.log.beginWrite(mustSync && stateMoved);
      elections.writing(write);
    }
    List<Entry> committed = state.log.takeCommitted();
    confChanges.handingOut(committed);
    Ready ready =
        new Ready(
            write,
            mustSync,
            stateMoved ? said : null,
            entries,
            snapshot,
            state.now,
            state.afterPersist,
            committed,
            state.reads);
    state.now = new ArrayList<>();
    state.afterPersist = new ArrayList<>();
    state.reads = new ArrayList<>();
    return ready;
  }

  /** A copy of what is to be seen; not for the hot path. */
  public RaftStatus status() {
    List<RaftStatus.Follower> followers = new ArrayList<>();
    state
        .followers
        .values()
        .forEach(
            f ->
                followers.add(
                    new RaftStatus.Follower(
                        f.id(),
                        f.isLearner(),
                        f.feeding(),
                        f.match(),
                        f.next(),
                        f.recentlyActive())));
    RaftLog log = state.log;
    return new RaftStatus(
        id(),
        state.role,
        state.term,
        state.vote,
        state.leader,
        log.committed(),
        log.applied(),
        log.last(),
        log.start(),
        log.persisted(),
        state.conf(),
        state.transferTarget,
        followers);
  }

  private long id() {
    return state.id();
  }

  /** Id of the leader as far as known, 0 for none; cheap. */
  public long leader() {
    return state.leader;
  }

  public boolean isLeader() {
    return state.role == Role.LEADER;
  }

  /** The current term; cheap. */
  public long term() {
    return state.term;
  }

  /** Highest index known to be committed; cheap. */
  public long committed() {
    return state.log.committed();
  }

  /** Checks all invariants of the state; throws {@link IllegalStateException} naming the broken. */
  public void validate() {
    state.log.validate();
    if (state.term < state.log.last().term()) {
      throw new IllegalStateException("term " + state.term + " is behind " + state.log.last());
    }
    elections.validate();
    replication.validate();
    reads.validate();
    confChanges.validate();
  }
}
