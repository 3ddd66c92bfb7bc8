package io.quorate.raft.quorum;

import java.util.Arrays;
import java.util.List;
import java.util.function.LongFunction;
import java.util.function.LongPredicate;
import java.util.function.LongUnaryOperator;

/**
 * One set of voters that decides by majority (Raft paper 5.2, 5.3). Immutable.
 *
 * <p>The empty set agrees to everything: it is the half of a {@link Joint} that is not there.
 */
public final class Majority {
  private final long[] ids;

  public Majority(List<Long> voters) {
    ids = voters.stream().mapToLong(Long::longValue).toArray();
  }

  public int size() {
    return ids.length;
  }

  /** How many voters are a majority; 1 for the empty set, which never asks. */
  public int quorum() {
    return ids.length / 2 + 1;
  }

  public boolean contains(long id) {
    for (long voter : ids) {
      if (voter == id) {
        return true;
      }
    }
    return false;
  }

  /**
   * The highest number that a majority has reached.
   *
   * @param reached how far a voter has come, 0 for not at all
   * @return {@link Long#MAX_VALUE} for the empty set
   */
  public long committedIndex(LongUnaryOperator reached) {
    if (ids.length == 0) {
      return Long.MAX_VALUE;
    }
    long[] sorted = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      sorted[i] = reached.applyAsLong(ids[i]);
    }
    Arrays.sort(sorted);
    // Ascending: this one and all behind it are quorum() many.
    return sorted[ids.length - quorum()];
  }

  public VoteResult voteResult(LongFunction<Ballot> ballots) {
    if (ids.length == 0) {
      return VoteResult.WON;
    }
    int granted = 0;
    int missing = 0;
    for (long id : ids) {
      switch (ballots.apply(id)) {
        case GRANTED -> granted++;
        case MISSING -> missing++;
        case REFUSED -> {}
      }
    }
    if (granted >= quorum()) {
      return VoteResult.WON;
    }
    return granted + missing >= quorum() ? VoteResult.PENDING : VoteResult.LOST;
  }

  /** True if the voters that pass {@code test} are a majority. */
  public boolean holds(LongPredicate test) {
    return voteResult(id -> test.test(id) ? Ballot.GRANTED : Ballot.REFUSED) == VoteResult.WON;
  }
}
