package io.quorate.raft;

/**
 * @param id this member, not 0
 * @param electionTicks ticks without a leader until a follower campaigns; each election draws from
 *     {@code [electionTicks, 2 * electionTicks)}
 * @param heartbeatTicks ticks between a leader's heartbeats; below {@code electionTicks}
 * @param maxAppendBytes most bytes of entries in one AppendRequest (one entry always fits)
 * @param maxInflightMessages most AppendRequests on the way to one follower
 * @param maxInflightBytes most bytes of entries on the way to one follower
 * @param maxUncommittedBytes most bytes of own proposals not committed yet; above it proposals are
 *     refused
 * @param preVote ask before campaigning (thesis 9.6)
 * @param checkQuorum a leader that hears no majority for an election timeout steps down, and a
 *     follower that hears a leader ignores votes (thesis 6.2, 4.2.3)
 */
public record RaftConfig(
    long id,
    int electionTicks,
    int heartbeatTicks,
    long maxAppendBytes,
    int maxInflightMessages,
    long maxInflightBytes,
    long maxUncommittedBytes,
    boolean preVote,
    boolean checkQuorum) {

  public RaftConfig {
    if (id == 0) {
      throw new IllegalArgumentException("id must not be 0");
    }
    if (heartbeatTicks < 1 || electionTicks <= heartbeatTicks) {
      throw new IllegalArgumentException(
          "need 1 <= heartbeatTicks < electionTicks, got "
              + heartbeatTicks
              + " and "
              + electionTicks);
    }
    if (maxAppendBytes < 1
        || maxInflightMessages < 1
        || maxInflightBytes < maxAppendBytes
        || maxUncommittedBytes < 1) {
      throw new IllegalArgumentException(
          "bounds must be positive and maxInflightBytes at least maxAppendBytes");
    }
  }

  /** Sensible bounds with ten ticks an election, one a heartbeat. */
  public static RaftConfig defaults(long id) {
    return new RaftConfig(id, 10, 1, 1 << 20, 256, 16 << 20, 64 << 20, true, true);
  }
}
