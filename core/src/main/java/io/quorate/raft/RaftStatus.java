package io.quorate.raft;

import java.util.List;

/**
 * A look at the state of a member, for hosts, operators and tests.
 *
 * @param leader 0 if none is known
 * @param followers the others as the leader sees them, by ascending id; empty on others
 */
public record RaftStatus(
    long id,
    Role role,
    long term,
    long vote,
    long leader,
    long commit,
    long applied,
    LogPosition last,
    LogPosition start,
    long persisted,
    ConfState conf,
    long transferTarget,
    List<Follower> followers) {

  /** The roles of the paper, with pre-vote's and the non-voting one. */
  public enum Role {
    FOLLOWER,
    PRE_CANDIDATE,
    CANDIDATE,
    LEADER
  }

  /** How a leader feeds a follower. */
  public enum Feeding {
    PROBE,
    REPLICATE,
    SNAPSHOT
  }

  /**
   * @param recentlyActive heard of since the last quorum check
   */
  public record Follower(
      long id, boolean learner, Feeding feeding, long match, long next, boolean recentlyActive) {}
}
