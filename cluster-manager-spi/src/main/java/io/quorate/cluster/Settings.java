package io.quorate.cluster;

/**
 * What the parts of the manager need to know.
 *
 * @param keyPrefix of all keys
 * @param sessionTimeoutSeconds how long a node that is not heard of stays in the cluster
 * @param joinTimeoutMillis how long joining may take altogether
 */
record Settings(String keyPrefix, long sessionTimeoutSeconds, long joinTimeoutMillis) {
  static final Settings DEFAULT = new Settings("vertx/", 5, 60_000);
}
