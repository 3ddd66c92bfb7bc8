package io.quorate.apply;

import io.quorate.command.Member;
import io.quorate.command.MemberChange;
import io.quorate.raft.ConfChange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The members of the cluster by id, an immutable value. Both the applier and the node's own loop
 * hold one and feed it with the same changes in log order, so both come to the same; the seam.
 */
public final class MemberTable {
  public static final MemberTable EMPTY = null_();

  private static MemberTable null_() {
    return new MemberTable();
  }

  private MemberTable() {}

  /** Members and the ids of removed ones, as loaded or bootstrapped. */
  public static MemberTable of(List<Member> members, java.util.Set<Long> removed) {
    throw new IllegalStateException("seam");
  }

  /** All members by ascending unsigned id. */
  public List<Member> members() {
    throw new IllegalStateException("seam");
  }

  public @Nullable Member member(long id) {
    throw new IllegalStateException("seam");
  }

  public boolean isRemoved(long id) {
    throw new IllegalStateException("seam");
  }

  /**
   * @throws io.quorate.command.EtcdException MEMBER_EXIST, PEER_URL_EXIST, MEMBER_NOT_FOUND,
   *     MEMBER_NOT_LEARNER: then the change has no effect, on Raft's configuration neither
   */
  public MemberTable with(MemberChange change) {
    throw new IllegalStateException("seam");
  }

  /** MEMBER_NOT_FOUND if there is no such member. */
  public MemberTable published(long id, String name, List<String> clientUrls) {
    throw new IllegalStateException("seam");
  }

  /** MEMBER_NOT_FOUND; PEER_URL_EXIST if another member has one of the URLs. */
  public MemberTable updated(long id, List<String> peerUrls) {
    throw new IllegalStateException("seam");
  }

  /** What {@code change} means to Raft, without its context. */
  public static ConfChange.Step step(MemberChange change) {
    throw new IllegalStateException("seam");
  }
}
