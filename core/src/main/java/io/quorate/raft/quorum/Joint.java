package io.quorate.raft.quorum;

import java.util.List;
import java.util.function.LongFunction;
import java.util.function.LongPredicate;
import java.util.function.LongUnaryOperator;

/**
 * Two sets of voters that must both agree (thesis 4.3). With no voters in {@code outgoing} it is a
 * plain majority.
 */
public record Joint(Majority incoming, Majority outgoing) {

  public static Joint of(List<Long> voters, List<Long> votersOutgoing) {
    return new Joint(new Majority(voters), new Majority(votersOutgoing));
  }

  public boolean contains(long id) {
    return incoming.contains(id) || outgoing.contains(id);
  }

  /** True if {@code id} decides alone. */
  public boolean isJust(long id) {
    return incoming.size() == 1
        && incoming.contains(id)
        && (outgoing.size() == 0 || (outgoing.size() == 1 && outgoing.contains(id)));
  }

  /** The highest number both majorities have reached. */
  public long committedIndex(LongUnaryOperator reached) {
    return Math.min(incoming.committedIndex(reached), outgoing.committedIndex(reached));
  }

  /** Won if both are won, lost as soon as one is lost. */
  public VoteResult voteResult(LongFunction<Ballot> ballots) {
    VoteResult in = incoming.voteResult(ballots);
    VoteResult out = outgoing.voteResult(ballots);
    if (in == VoteResult.LOST || out == VoteResult.LOST) {
      return VoteResult.LOST;
    }
    return in == VoteResult.WON && out == VoteResult.WON ? VoteResult.WON : VoteResult.PENDING;
  }

  /** True if the voters that pass {@code test} are a majority of both sets. */
  public boolean holds(LongPredicate test) {
    return incoming.holds(test) && outgoing.holds(test);
  }
}
