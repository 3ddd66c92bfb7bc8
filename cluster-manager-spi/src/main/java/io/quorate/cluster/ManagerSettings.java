package io.quorate.cluster;

import io.quorate.cluster.options.QuorateClusterOptions;

/**
 * The settings that the parts of the manager need.
 *
 * @param keyPrefix of all keys
 * @param leaseSeconds time to live of a session's lease
 * @param joinTimeoutMillis how long joining may take altogether
 */
record ManagerSettings(String keyPrefix, long leaseSeconds, long joinTimeoutMillis) {
  /**
   * How much longer than its lease a session may last if the leader fails together with the node:
   * an election, and the time that a new leader adds to each lease, since it does not know of
   * renewals.
   */
  private static final long NEW_LEADER_MILLIS = 2_000;

  static final ManagerSettings DEFAULT = of(new QuorateClusterOptions());

  static ManagerSettings of(QuorateClusterOptions options) {
    return new ManagerSettings(
        options.getKeyPrefix(),
        Math.max(1, (options.getSessionTimeoutMillis() - NEW_LEADER_MILLIS) / 1_000),
        options.getJoinTimeoutMillis());
  }
}
