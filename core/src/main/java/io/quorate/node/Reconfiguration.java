package io.quorate.node;

import io.quorate.apply.MemberTable;
import io.quorate.codec.CommandCodec;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.Member;
import io.quorate.command.MemberChange;
import io.quorate.log.LoggerSource;
import io.quorate.command.Validation;
import io.quorate.raft.ConfChange;
import io.quorate.raft.ConfState;
import io.quorate.raft.Raft;
import io.quorate.raft.RaftStatus;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Changes of the membership: etcd's checks before one is proposed, and what becomes of it when it
 * is applied. Node loop only.
 */
final class Reconfiguration {
  private static final System.Logger LOG = LoggerSource.loggerOf(Reconfiguration.class);

  private final NodeConfig config;
  private final long self;
  private final Raft raft;
  private final TreeMap<Long, Long> lastHeardTick = new TreeMap<>();

  Reconfiguration(NodeConfig config, Raft raft) {
    this.config = config;
    this.self = config.raft().id();
    this.raft = raft;
  }

  /** A frame of {@code member} has come. */
  void heard(long member, long nowTick) {
    lastHeardTick.put(member, nowTick);
  }

  /** Refuses what makes no sense, or would endanger the quorum; on the member that is asked. */
  void check(MemberChange change, MemberTable members, long nowTick) {
    MemberTable after = members.with(change); // refuses what makes no sense at all
    if (change instanceof MemberChange.Add add && add.isLearner()) {
      long learners = after.members().stream().filter(Member::isLearner).count();
      if (learners > config.maxLearners()) {
        throw EtcdError.TOO_MANY_LEARNERS.exception();
      }
      return;
    }
    Member target = members.member(change.memberId());
    if (change instanceof MemberChange.Promote && target != null && target.name().isEmpty()) {
      throw EtcdError.LEARNER_NOT_READY.exception(); // it has not even started
    }
    boolean learnerLeaves =
        change instanceof MemberChange.Remove && target != null && target.isLearner();
    if (!config.strictReconfigCheck() || learnerLeaves) {
      return;
    }
    List<Member> voters = after.members().stream().filter(m -> !m.isLearner()).toList();
    int quorum = voters.size() / 2 + 1;
    long started = voters.stream().filter(m -> !m.name().isEmpty()).count();
    boolean growsFromOne = change instanceof MemberChange.Add && voters.size() == 2 && started == 1;
    if (started < quorum && !growsFromOne) {
      throw EtcdError.MEMBER_NOT_ENOUGH_STARTED.exception();
    }
    boolean removesSilent =
        change instanceof MemberChange.Remove && !isConnected(change.memberId(), nowTick);
    long connected = voters.stream().filter(m -> isConnected(m.id(), nowTick)).count();
    if (connected < quorum && !growsFromOne && !removesSilent) {
      throw EtcdError.UNHEALTHY.exception();
    }
  }

  private boolean isConnected(long member, long nowTick) {
    Long heard = lastHeardTick.get(member);
    return member == self || (heard != null && nowTick - heard <= config.ticks(5_000));
  }

  /**
   * Puts a change into the log, if this member leads.
   *
   * @param encoded as {@link CommandCodec#encodeChange}
   * @return null if it is in the log now, else why not: an EtcdError's name, or something to wait
   *     for
   */
  @Nullable String propose(byte[] encoded, MemberTable members) {
    MemberChange change = CommandCodec.decodeChange(encoded).change();
    try {
      Validation.check(change); // a member of an older release may have forwarded it unchecked
      members.with(change);
      if (change instanceof MemberChange.Promote) {
        checkCaughtUp(change.memberId());
      }
    } catch (EtcdException e) {
      return e.error().name();
    }
    Raft.Offer offer =
        raft.proposeConfChange(
            new ConfChange(ConfChange.Transition.AUTO, List.of(MemberTable.step(change)), encoded));
    return offer.refusal() == null ? null : offer.refusal().name();
  }

  /** etcd's rule: a learner may vote once it has 90 % of what the leader has. */
  private void checkCaughtUp(long learner) {
    RaftStatus raftStatus = raft.status();
    for (RaftStatus.Follower f : raftStatus.followers()) {
      if (f.id() == learner && f.match() >= raftStatus.last().index() * 0.9) {
        return;
      }
    }
    throw EtcdError.LEARNER_NOT_READY.exception();
  }

  /**
   * A change takes effect now that the state machine has accepted it, or not at all ({@code null}).
   * As in etcd it does so when it is applied, not when it is committed: whether it is accepted
   * depends on everything before it in the log.
   *
   * @param expected the configuration as the state machine has it
   */
  void takeEffect(@Nullable ConfChange change, ConfState expected) {
    ConfState conf = raft.applyConfChange(change);
    if (!conf.equals(expected)) {
      throw new IllegalStateException(
          "state machine and protocol differ on the configuration: " + expected + " and " + conf);
    }
    LOG.log(System.Logger.Level.INFO, "configuration: {0}", describe(conf));
  }

  private static String describe(ConfState conf) {
    StringBuilder text = new StringBuilder("voters");
    conf.voters().forEach(v -> text.append(' ').append(Long.toHexString(v)));
    if (conf.isJoint()) {
      text.append(", leaving");
      conf.votersOutgoing().forEach(v -> text.append(' ').append(Long.toHexString(v)));
    }
    if (!conf.learners().isEmpty()) {
      text.append(", learners");
      conf.learners().forEach(v -> text.append(' ').append(Long.toHexString(v)));
    }
    return text.toString();
  }
}
