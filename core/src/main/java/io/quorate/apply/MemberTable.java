package io.quorate.apply;

import io.quorate.command.EtcdError;
import io.quorate.command.Member;
import io.quorate.command.MemberChange;
import io.quorate.raft.ConfChange;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The members of the cluster by id, and the ids of those that were removed; an immutable value. The
 * state machine makes a new one for each change, and other threads are given it.
 *
 * <p>Invariants: (1) ids ascend, unsigned; (2) no id is both a member's and a removed one's; (3) a
 * change never leaves a table without a voter.
 */
public final class MemberTable {
  public static final MemberTable EMPTY = of(List.of(), Set.of());

  private final TreeMap<Long, Member> byId;
  private final Set<Long> removed;
  private final List<Member> members;

  private static final MemberChange.Visitor<ConfChange.StepKind> KIND_OF_STEP =
      new MemberChange.Visitor<>() {
        @Override
        public ConfChange.StepKind add(MemberChange.Add add) {
          return add.isLearner() ? ConfChange.StepKind.ADD_LEARNER : ConfChange.StepKind.ADD_VOTER;
        }

        @Override
        public ConfChange.StepKind remove(MemberChange.Remove remove) {
          return ConfChange.StepKind.REMOVE;
        }

        @Override
        public ConfChange.StepKind promote(MemberChange.Promote promote) {
          return ConfChange.StepKind.ADD_VOTER;
        }
      };

  private MemberTable(TreeMap<Long, Member> byId, Set<Long> removed) {
    this.byId = byId;
    this.removed = removed;
    this.members = List.copyOf(byId.values());
  }

  /**
   * A table of these members.
   *
   * @param removed ids of members that were removed
   */
  public static MemberTable of(List<Member> members, Set<Long> removed) {
    TreeMap<Long, Member> byId = new TreeMap<>(Long::compareUnsigned);
    for (Member member : members) {
      if (byId.put(member.id(), member) != null || removed.contains(member.id())) {
        throw new IllegalStateException(
            "member " + Long.toHexString(member.id()) + " is there twice, or both in and out");
      }
    }
    return new MemberTable(byId, sortedCopy(removed));
  }

  /** All members by ascending unsigned id. */
  public List<Member> members() {
    return members;
  }

  public @Nullable Member member(long id) {
    return byId.get(id);
  }

  /** Ids of the members that were removed, ascending unsigned; none is ever used again. */
  public Set<Long> removed() {
    return removed;
  }

  public boolean isRemoved(long id) {
    return removed.contains(id);
  }

  /**
   * The table after {@code change}.
   *
   * @throws io.quorate.command.EtcdException MEMBER_EXIST (also for 0 and for the id of a member
   *     that was removed), PEER_URL_EXIST, MEMBER_NOT_FOUND, MEMBER_NOT_LEARNER,
   *     MEMBER_NOT_ENOUGH_STARTED (the last voter cannot be removed): then the change must have no
   *     effect on Raft's configuration either
   */
  public MemberTable with(MemberChange change) {
    return change.accept(
        new MemberChange.Visitor<>() {
          @Override
          public MemberTable add(MemberChange.Add add) {
            return withAdded(add);
          }

          @Override
          public MemberTable remove(MemberChange.Remove remove) {
            return without(remove.memberId());
          }

          @Override
          public MemberTable promote(MemberChange.Promote promote) {
            return promoted(promote.memberId());
          }
        });
  }

  private MemberTable withAdded(MemberChange.Add add) {
    long id = add.memberId();
    if (id == 0 || byId.containsKey(id) || removed.contains(id)) {
      throw EtcdError.MEMBER_EXIST.exception();
    }
    requireFree(add.peerUrls(), id);
    return replaced(new Member(id, "", add.peerUrls(), List.of(), add.isLearner()));
  }

  private MemberTable without(long id) {
    Member member = require(id);
    boolean otherVotes = members.stream().anyMatch(m -> m.id() != id && !m.isLearner());
    if (!member.isLearner() && !otherVotes) {
      throw EtcdError.MEMBER_NOT_ENOUGH_STARTED.exception();
    }
    TreeMap<Long, Member> next = new TreeMap<>(byId);
    next.remove(id);
    TreeSet<Long> gone = new TreeSet<>(Long::compareUnsigned);
    gone.addAll(removed);
    gone.add(id);
    return new MemberTable(next, Collections.unmodifiableSet(gone));
  }

  private MemberTable promoted(long id) {
    Member m = require(id);
    if (!m.isLearner()) {
      throw EtcdError.MEMBER_NOT_LEARNER.exception();
    }
    return replaced(new Member(id, m.name(), m.peerUrls(), m.clientUrls(), false));
  }

  /**
   * The table after a member has announced its name and client URLs.
   *
   * @throws io.quorate.command.EtcdException MEMBER_NOT_FOUND
   */
  public MemberTable published(long id, String name, List<String> clientUrls) {
    Member m = require(id);
    return replaced(new Member(id, name, m.peerUrls(), clientUrls, m.isLearner()));
  }

  /**
   * The table after a change of a member's peer URLs.
   *
   * @throws io.quorate.command.EtcdException MEMBER_NOT_FOUND; PEER_URL_EXIST if another member has
   *     one of the URLs
   */
  public MemberTable updated(long id, List<String> peerUrls) {
    Member m = require(id);
    requireFree(peerUrls, id);
    return replaced(new Member(id, m.name(), peerUrls, m.clientUrls(), m.isLearner()));
  }

  /** What Raft has to do for {@code change}. */
  public static ConfChange.Step step(MemberChange change) {
    return new ConfChange.Step(change.accept(KIND_OF_STEP), change.memberId());
  }

  private Member require(long id) {
    Member member = byId.get(id);
    if (member == null) {
      throw EtcdError.MEMBER_NOT_FOUND.exception();
    }
    return member;
  }

  private void requireFree(List<String> peerUrls, long owner) {
    for (Member member : members) {
      if (member.id() != owner && !Collections.disjoint(member.peerUrls(), peerUrls)) {
        throw EtcdError.PEER_URL_EXIST.exception();
      }
    }
  }

  private MemberTable replaced(Member member) {
    TreeMap<Long, Member> next = new TreeMap<>(byId);
    next.put(member.id(), member);
    return new MemberTable(next, removed);
  }

  private static Set<Long> sortedCopy(Set<Long> ids) {
    TreeSet<Long> sorted = new TreeSet<>(Long::compareUnsigned);
    sorted.addAll(ids);
    return Collections.unmodifiableSet(sorted);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MemberTable that
        && members.equals(that.members)
        && removed.equals(that.removed);
  }

  @Override
  public int hashCode() {
    return 31 * members.hashCode() + removed.hashCode();
  }

  @Override
  public String toString() {
    return "MemberTable[members=" + members + ", removed=" + removed + "]";
  }
}
