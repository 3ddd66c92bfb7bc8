package io.quorate.vertx.service;

import io.vertx.codegen.annotations.VertxGen;

/** The services. Each is at an address that ends with its name. */
@VertxGen
public enum ServiceName {
  KV("kv"),
  LEASE("lease"),
  WATCH("watch"),
  LOCK("lock"),
  ELECTION("election"),
  CLUSTER("cluster");

  private final String suffix;

  ServiceName(String suffix) {
    this.suffix = suffix;
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
