package io.quorate.node;

import io.quorate.apply.MemberTable;
import io.quorate.codec.CommandCodec;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.Member;
import io.quorate.command.MemberChange;
import io.quorate.command.Validation;
import io.quorate.log.LoggerSource;
import io.quorate.raft.ConfChange;
import io.quorate.raft.ConfState;
import io.quorate.raft.Raft;
import io.quorate.raft.RaftStatus;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Changes of the membership: etcd's checks before one is proposed, and passing it on to Raft when
 * it is applied. Node loop only.
 */
final class Reconfiguration {
  private static final System.Logger LOG = LoggerSource.loggerOf(Reconfiguration.class);

  /** A connection on which nothing has arrived for longer than this counts as lost. */
  private static final int SILENT_MILLIS = 3_000;

  private final NodeConfig config;
  private final long self;
  private final Raft raft;
  private final TreeMap<Long, Contact> contacts = new TreeMap<>();
  private long nowTick;

  /** A connection on which frames have arrived without a gap. */
  private static final class Contact {
    final long sinceTick;
    long lastTick;

    Contact(long tick) {
      sinceTick = tick;
      lastTick = tick;
    }
  }

  Reconfiguration(NodeConfig config, Raft raft) {
    this.config = config;
    this.self = config.raft().id();
    this.raft = raft;
  }

  void tick(long tick) {
    nowTick = tick;
  }

  /** A frame of {@code member} has arrived. */
  void frameReceived(long member) {
    Contact contact = contacts.get(member);
    if (contact == null || isSilent(contact)) {
      contacts.put(member, new Contact(nowTick));
    } else {
      contact.lastTick = nowTick;
    }
  }

  /** The connection with {@code member} was interrupted. */
  void connectionLost(long member) {
    contacts.remove(member);
  }

  /** Members send each other at least one frame a second. */
  private boolean isSilent(Contact contact) {
    return nowTick - contact.lastTick > config.ticks(SILENT_MILLIS);
  }

  private boolean isConnected(long member) {
    return isConnected(member, 0);
  }

  private boolean isConnected(long member, int millis) {
    Contact contact = contacts.get(member);
    return member == self
        || (contact != null
            && !isSilent(contact)
            && nowTick - contact.sinceTick >= config.ticks(millis));
  }

  /**
   * Refuses a change that contradicts the present members or would endanger the quorum. To be
   * called on the member that a client has asked.
   */
  void check(MemberChange change, MemberTable members) {
    if (change instanceof MemberChange.Add add) {
      checkQuorumWith(add, members); // first, as etcd does
      MemberTable after = members.with(change);
      long learners = after.members().stream().filter(Member::isLearner).count();
      if (add.isLearner() && learners > config.maxLearners()) {
        throw EtcdError.TOO_MANY_LEARNERS.exception();
      }
      return;
    }
    MemberTable after = members.with(change);
    Member target = members.member(change.memberId());
    if (change instanceof MemberChange.Promote && target != null && target.name().isEmpty()) {
      throw EtcdError.LEARNER_NOT_READY.exception(); // it has never been started
    }
    boolean learnerLeaves =
        change instanceof MemberChange.Remove && target != null && target.isLearner();
    if (config.reconfigCheck() == ReconfigCheck.NONE || learnerLeaves) {
      return;
    }
    List<Member> voters = voters(after);
    int quorum = quorum(voters.size());
    if (started(voters) < quorum) {
      throw EtcdError.MEMBER_NOT_ENOUGH_STARTED.exception();
    }
    if (change instanceof MemberChange.Remove) {
      checkQuorumWithout(change.memberId(), members);
    } else if (config.reconfigCheck() == ReconfigCheck.PRESENT && connected(voters) < quorum) {
      throw EtcdError.UNHEALTHY.exception();
    }
  }

  /** The new member counts as one that is away. A single member may always add a second one. */
  private void checkQuorumWith(MemberChange.Add add, MemberTable members) {
    boolean isFree = config.reconfigCheck() == ReconfigCheck.PRESENT && add.isLearner();
    if (config.reconfigCheck() == ReconfigCheck.NONE || isFree) {
      return;
    }
    List<Member> voters = voters(members);
    int quorum = quorum(voters.size() + 1);
    long started = started(voters);
    boolean growsFromOne = voters.size() == 1;
    if (!add.isLearner() && started < quorum && !(growsFromOne && started == 1)) {
      throw EtcdError.MEMBER_NOT_ENOUGH_STARTED.exception();
    }
    if (connected(voters) < quorum && !growsFromOne) {
      throw EtcdError.UNHEALTHY.exception();
    }
  }

  /** A member that is away may always be removed. */
  private void checkQuorumWithout(long leaving, MemberTable members) {
    List<Member> voters = voters(members);
    long othersConnected = connected(voters) - 1; // as etcd counts, even if it is not connected
    if (isConnected(leaving) && othersConnected < quorum(voters.size() - 1)) {
      throw EtcdError.UNHEALTHY.exception();
    }
  }

  private static List<Member> voters(MemberTable members) {
    return members.members().stream().filter(m -> !m.isLearner()).toList();
  }

  private static int quorum(int voters) {
    return voters / 2 + 1;
  }

  private static long started(List<Member> voters) {
    return voters.stream().filter(m -> !m.name().isEmpty()).count();
  }

  private long connected(List<Member> voters) {
    int millis = config.reconfigCheck() == ReconfigCheck.HEALTHY ? ReconfigCheck.HEALTH_MILLIS : 0;
    return voters.stream().filter(m -> isConnected(m.id(), millis)).count();
  }

  /**
   * Puts a change into the log, if this member leads.
   *
   * @param encoded as {@link CommandCodec#encodeChange}
   * @return null if it is in the log now, else why not: the name of an EtcdError, or of a {@link
   *     Raft.Refusal} that passes
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

  /** etcd's rule: a learner may vote once it has 90 % of the leader's log. */
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
   * Lets a change take effect in Raft, now that it has been applied. As in etcd that is not when it
   * is committed: whether it is accepted depends on everything before it in the log.
   *
   * @param change null if the state machine has refused it
   * @param expected the configuration after it, as the state machine has it
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
