package io.quorate.raft.quorum;

/** What is known of one member's vote. */
public enum Ballot {
  MISSING,
  GRANTED,
  REFUSED
}
