package io.quorate.node;

import io.quorate.command.FeatureLevel;
import io.quorate.raft.RaftConfig;
import java.nio.file.Path;

/**
 * Settings of a node.
 *
 * @param raft the protocol's bounds and time-outs, in ticks
 * @param seed of the election jitter
 * @param incarnation random number of this process; request ids start from it
 * @param tickMillis length of a tick
 * @param maxRequestBytes most bytes of one encoded command
 * @param maxTxnOps most operations in one list of a transaction
 * @param maxBatchBytes most bytes of commands in one entry (a single command always fits)
 * @param maxPendingRequests most requests of this member under way; more get TOO_MANY_REQUESTS
 * @param maxPendingBytes most bytes of their commands; above that the same error
 * @param snapshotCount entries applied between two checkpoints of the state
 * @param catchupEntries entries before a checkpoint that are kept in the log, for slow followers
 * @param maxLogBytes most bytes of entries in memory: a checkpoint is due when half of it is used,
 *     and twice as much may wait to be applied or written to the state
 * @param flushOperations operations after which the state is written at once
 * @param flushTicks ticks after which the state is written in any case
 * @param quotaBytes most bytes of records that compaction keeps; 0 or less for no bound
 * @param maxLearners most members without a vote
 * @param reconfigCheck which changes of membership are refused since they endanger the quorum
 * @param maxFeatureLevel the highest {@link FeatureLevel} that this member accepts; one below the
 *     newest keeps the cluster at a level at which older releases can run again
 * @param maintenance what the member does by itself beside what it is asked for
 * @param snapshotDirectory for snapshots that are being sent or received
 */
public record NodeConfig(
    RaftConfig raft,
    long seed,
    long incarnation,
    int tickMillis,
    int maxRequestBytes,
    int maxTxnOps,
    int maxBatchBytes,
    int maxPendingRequests,
    long maxPendingBytes,
    int snapshotCount,
    int catchupEntries,
    long maxLogBytes,
    int flushOperations,
    int flushTicks,
    long quotaBytes,
    int maxLearners,
    ReconfigCheck reconfigCheck,
    int maxFeatureLevel,
    Maintenance maintenance,
    Path snapshotDirectory) {

  /** etcd's rule: five seconds and two election time-outs. */
  public int requestTimeoutTicks() {
    return ticks(5_000) + 2 * raft.electionTicks();
  }

  /** Ticks that cover {@code millis}, rounded up. */
  public int ticks(int millis) {
    return (int) ticks((long) millis);
  }

  /** Ticks that cover {@code millis}, rounded up. */
  public long ticks(long millis) {
    return (millis + tickMillis - 1) / tickMillis;
  }

  /** etcd's rule: one and a half election time-outs, rounded up to seconds. */
  public long minLeaseTtlSeconds() {
    return (3L * raft.electionTicks() * tickMillis / 2 + 999) / 1_000;
  }
}
