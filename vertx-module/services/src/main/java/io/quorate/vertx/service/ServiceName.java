package io.quorate.vertx.service;

import io.vertx.codegen.annotations.VertxGen;

/** The services. The address of each ends with its name. */
@VertxGen
public enum ServiceName {
  KV("kv", KvService.class),
  LEASE("lease", LeaseService.class),
  WATCH("watch", WatchService.class),
  LOCK("lock", LockService.class),
  ELECTION("election", ElectionService.class),
  CLUSTER("cluster", ClusterService.class);

  private final String suffix;
  private final Class<?> type;

  ServiceName(String suffix, Class<?> type) {
    this.suffix = suffix;
    this.type = type;
  }

  /** The service's interface. */
  public Class<?> type() {
    return type;
  }

  /**
   * The service's address.
   *
   * @param prefix common to all services of one store
   */
  public String address(String prefix) {
    return prefix + '.' + suffix;
  }
}
