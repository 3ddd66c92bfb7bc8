package io.quorate.vertx.client.api;

/**
 * The etcd release whose contract is kept, as reported to clients that ask. Kubernetes and clientv3
 * choose features by it; a 3.6 release because RangeStream (3.7) is not served.
 */
public final class EtcdVersion {
  /** {@code StatusResponse.version} and {@code etcdserver} of {@code /version}. */
  public static final String SERVER = "3.6.14";

  /** {@code etcdcluster} of {@code /version}. */
  public static final String CLUSTER = "3.6.0";

  /** {@code StatusResponse.storageVersion} and {@code storage} of {@code /version}. */
  public static final String STORAGE = "3.6.0";

  private EtcdVersion() {}
}
