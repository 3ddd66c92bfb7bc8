package io.quorate.command;

import java.util.List;

/**
 * What a configuration change of Raft means to the member table; rides in the change's context and
 * is applied together with it. Answered with {@link Result.Members}.
 */
public sealed interface MemberChange {
  long memberId();

  /**
   * @param isLearner starts without a vote
   */
  record Add(long memberId, List<String> peerUrls, boolean isLearner) implements MemberChange {
    public Add {
      peerUrls = List.copyOf(peerUrls);
    }
  }

  record Remove(long memberId) implements MemberChange {}

  record Promote(long memberId) implements MemberChange {}
}
