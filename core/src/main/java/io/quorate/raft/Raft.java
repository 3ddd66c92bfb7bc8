package io.quorate.raft;

import org.jspecify.annotations.Nullable;

/** The protocol of one member. Seam only: see the tests and the implementation to come. */
public final class Raft {

  /** Why a proposal was not taken. */
  public enum Refusal {
    NOT_LEADER,
    /** Leadership is being handed over. */
    TRANSFERRING,
    /** {@link RaftConfig#maxUncommittedBytes()} is reached. */
    UNCOMMITTED_FULL,
    /** Another configuration change has not been applied yet. */
    CONF_CHANGE_PENDING,
    /** A joint configuration must be left first, or there is none to leave. */
    CONF_CHANGE_INVALID
  }

  /**
   * Answer to a proposal: exactly one of the two is there.
   *
   * @param position where the entry was put; it may still be lost if leadership is
   */
  public record Offer(@Nullable LogPosition position, @Nullable Refusal refusal) {}

  /**
   * @param seed of the election jitter; two members must not share it
   */
  public Raft(RaftConfig config, long seed, Restored restored) {
    throw new IllegalStateException("seam");
  }

  /** Time passes by one tick. */
  public void tick() {}

  /** A message from another member arrived. What makes no sense is dropped. */
  public void step(Message message) {}

  /** Appends {@code data} as one entry, if this member leads. */
  public Offer propose(byte[] data) {
    throw new IllegalStateException("seam");
  }

  /** Appends a configuration change, if this member leads and none is pending. */
  public Offer proposeConfChange(ConfChange change) {
    throw new IllegalStateException("seam");
  }

  /**
   * The host tells that a committed configuration change takes effect now (or, with no steps for a
   * change its state machine refused, that it does not: {@code null}). To be called in log order,
   * when the entry is taken from {@link Ready#committed()}.
   *
   * @return the configuration that is in force from here on
   */
  public ConfState applyConfChange(@Nullable ConfChange change) {
    throw new IllegalStateException("seam");
  }

  /**
   * Asks for a read index (thesis 6.4); the answer comes in {@link Ready#reads()}, always, unless
   * this member stays without a leader: hosts bound the wait.
   *
   * @param context ascending and unique within this object's life, not 0
   */
  public void readIndex(long context) {}

  /** Hands leadership to {@code target} if this member leads and target votes (thesis 3.10). */
  public void transferLeader(long target) {}

  /** A hint that {@code peer} is gone; a lost leader makes a follower pre-vote at once. */
  public void peerLost(long peer) {}

  /** A message to {@code peer} was not delivered: optimistic replication falls back to probing. */
  public void unreachable(long peer) {}

  /** The host ended (or gave up) carrying a snapshot to {@code peer}. */
  public void snapshotSent(long peer, boolean arrived) {}

  /** The writes up to and with {@code write} are durable. */
  public void persisted(long write) {}

  /** The state machine holds all effects up to {@code index}. */
  public void applied(long index) {}

  /** Forgets the log in memory up to and with {@code index}, at most up to what is applied. */
  public void compact(long index) {}

  /** True if {@link #ready()} has something to say. */
  public boolean hasReady() {
    throw new IllegalStateException("seam");
  }

  /** Takes what this turn asks for; it counts as said. */
  public Ready ready() {
    throw new IllegalStateException("seam");
  }

  public RaftStatus status() {
    throw new IllegalStateException("seam");
  }

  /** Id of the leader as far as known, 0 for none; cheap. */
  public long leader() {
    throw new IllegalStateException("seam");
  }

  public boolean isLeader() {
    throw new IllegalStateException("seam");
  }

  /** Checks all invariants of the state; throws {@link IllegalStateException} naming the broken. */
  public void validate() {}
}
