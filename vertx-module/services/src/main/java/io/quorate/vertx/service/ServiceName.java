package io.quorate.vertx.service;

import io.vertx.codegen.annotations.VertxGen;

/** The services. Each is at an address that ends with its name. */
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

  /** Its interface. */
  public Class<?> type() {
    return type;
  }

  /**
   * Where it is.
   *
   * @param prefix of all services of one store
   */
  public String address(String prefix) {
    return prefix + '.' + suffix;
  }
}
