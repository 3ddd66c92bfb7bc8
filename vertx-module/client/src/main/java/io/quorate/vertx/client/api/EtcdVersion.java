package io.quorate.vertx.client.api;

/**
 * The etcd release whose contract Quorate keeps, as reported to clients. Kubernetes and clientv3
 * enable features by it.
 */
public final class EtcdVersion {
  /** Value of {@code StatusResponse.version}, and of {@code etcdserver} in {@code /version}. */
  public static final String SERVER = "3.7.3";

  /** Value of {@code etcdcluster} in {@code /version}. */
  public static final String CLUSTER = "3.7.0";

  /** Value of {@code StatusResponse.storageVersion}, and of {@code storage} in {@code /version}. */
  public static final String STORAGE = "3.7.0";

  private EtcdVersion() {}
}
