package io.quorate.cluster;

/**
 * What the parts of the manager need to know.
 *
 * @param keyPrefix of all keys
 * @param sessionTimeoutSeconds how long a node that is not heard of stays in the cluster
 * @param joinTimeoutMillis how long joining may take altogether
 */
record Settings(String keyPrefix, long sessionTimeoutSeconds, long joinTimeoutMillis) {
  /** Opening a connection has a bound of its own, whose failure says more. */
  private static final long AFTER_CONNECTING_MILLIS = 15_000;

  static final Settings DEFAULT = of(new QuorateClusterOptions());

  static Settings of(QuorateClusterOptions options) {
    return new Settings(
        options.getKeyPrefix(),
        Math.max(1, (options.getSessionTimeoutMillis() + 999) / 1_000),
        options.getJoinTimeoutMillis() + AFTER_CONNECTING_MILLIS);
  }
}
