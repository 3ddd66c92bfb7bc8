package io.quorate.raft.quorum;

/** What the ballots seen so far amount to. */
public enum VoteResult {
  /** The missing ballots still decide. */
  PENDING,
  WON,
  /** Not even all missing ballots could win it. */
  LOST
}
