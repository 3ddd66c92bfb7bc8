package io.quorate.cluster;

/**
 * What the parts of the manager need to know.
 *
 * @param keyPrefix of all keys
 * @param leaseSeconds time to live of a session's lease
 * @param joinTimeoutMillis how long joining may take altogether
 */
record Settings(String keyPrefix, long leaseSeconds, long joinTimeoutMillis) {
  /**
   * What a session takes longer than its lease if the member that counts the leases goes with the
   * node: an election, and what a new leader adds to each lease, since it knows of no renewals.
   */
  private static final long NEW_LEADER_MILLIS = 2_000;

  static final Settings DEFAULT = of(new QuorateClusterOptions());

  static Settings of(QuorateClusterOptions options) {
    return new Settings(
        options.getKeyPrefix(),
        Math.max(1, (options.getSessionTimeoutMillis() - NEW_LEADER_MILLIS) / 1_000),
        options.getJoinTimeoutMillis());
  }
}
