package io.quorate.command;

import java.util.List;

/**
 * What a configuration change of Raft does to the list of members. Encoded in the context of that
 * change and applied together with it; answered with {@link Result.Members}.
 */
public sealed interface MemberChange {
  /** One method for each kind. */
  interface Visitor<R> {
    R add(Add add);

    R remove(Remove remove);

    R promote(Promote promote);
  }

  long memberId();

  <R> R accept(Visitor<R> visitor);

  /**
   * @param isLearner joins without a vote
   */
  record Add(long memberId, List<String> peerUrls, boolean isLearner) implements MemberChange {
    public Add {
      peerUrls = List.copyOf(peerUrls);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.add(this);
    }
  }

  record Remove(long memberId) implements MemberChange {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.remove(this);
    }
  }

  record Promote(long memberId) implements MemberChange {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.promote(this);
    }
  }
}
