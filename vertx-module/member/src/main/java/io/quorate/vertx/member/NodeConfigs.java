package io.quorate.vertx.member;

import io.quorate.node.Maintenance;
import io.quorate.node.NodeConfig;
import io.quorate.node.ReconfigCheck;
import io.quorate.raft.RaftConfig;
import io.quorate.vertx.member.options.Options;
import io.quorate.vertx.member.options.QuorateOptions;
import java.nio.file.Path;
import java.security.SecureRandom;

/** Computes the configuration of the node from the options and the available memory. */
final class NodeConfigs {
  private NodeConfigs() {}

  /**
   * @param embedded whether the member is part of an application, where members join and leave
   *     automatically
   */
  static NodeConfig of(QuorateOptions options, long memberId, boolean embedded, Path snapshots) {
    SecureRandom random = new SecureRandom();
    int electionTicks =
        (int)
            Math.max(2, options.getElectionTimeoutMillis() / options.getHeartbeatIntervalMillis());
    long quota = options.getEffectiveQuotaBytes();
    return new NodeConfig(
        new RaftConfig(
            memberId,
            electionTicks,
            1,
            1 << 20,
            256,
            16 << 20,
            Math.toIntExact(boundedByHeap(64L << 20)),
            options.isPreVote(),
            true),
        random.nextLong(),
        random.nextLong() >>> 2,
        (int) options.getHeartbeatIntervalMillis(),
        options.getMaxRequestBytes(),
        options.getMaxTxnOps(),
        1 << 20,
        50_000,
        boundedByHeap(128L << 20),
        (int) options.getSnapshotCount(),
        (int) options.getSnapshotCatchupEntries(),
        boundedByHeap(64L << 20),
        10_000,
        Math.max(1, (int) (100 / options.getHeartbeatIntervalMillis())),
        quota == Long.MAX_VALUE ? 0 : quota,
        options.getMaxLearners(),
        reconfigCheck(options, embedded),
        options.get(Options.MAX_FEATURE_LEVEL),
        new Maintenance(
            options.get(Options.QUOTA_AUTO_DISARM),
            options.getAutoCompaction(),
            options.get(Options.CORRUPT_CHECK_TIME),
            options.get(Options.COMPACT_HASH_CHECK_TIME)),
        snapshots);
  }

  /** {@code bytes}, but at most an eighth of the heap, and at least 8 MiB. */
  private static long boundedByHeap(long bytes) {
    return Math.min(bytes, Math.max(8L << 20, Runtime.getRuntime().maxMemory() / 8));
  }

  private static ReconfigCheck reconfigCheck(QuorateOptions options, boolean embedded) {
    if (!options.isStrictReconfigCheck()) {
      return ReconfigCheck.NONE;
    }
    return embedded ? ReconfigCheck.PRESENT : ReconfigCheck.HEALTHY;
  }
}
