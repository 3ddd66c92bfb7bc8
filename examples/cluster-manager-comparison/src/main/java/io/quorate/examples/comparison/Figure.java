package io.quorate.examples.comparison;

/** What is measured, in the order of the table. */
enum Figure {
  FORMED_COLD("formed-cold", "three nodes formed, first in the JVM, ms"),
  FORMED_WARM("formed-warm", "three nodes formed, later ones, ms"),
  MAP_GET("map-get", "map get/s, 64 at once"),
  MAP_PUT("map-put", "map put/s, 64 at once"),
  MAP_PUT_ONE("map-put-one", "map put/s, one at a time"),
  COUNTER("counter", "counter increments/s, 64 at once"),
  LOCK_FREE("lock-free", "locks/s, free, 64 at once"),
  LOCK_ONE("lock-one", "locks/s, free, one at a time"),
  LOCK_CONTENDED("lock-contended", "locks/s, contended, 12 for one lock"),
  FIRST_REPLY_P50("first-reply-p50", "consumer registered to first reply, p50, µs"),
  FIRST_REPLY_P99("first-reply-p99", "consumer registered to first reply, p99, µs"),
  REGISTER("register", "5,000 consumers registered, per s");

  private final String key;
  private final String title;

  Figure(String key, String title) {
    this.key = key;
    this.title = title;
  }

  /** In files. */
  String key() {
    return key;
  }

  /** In tables; with the unit. */
  String title() {
    return title;
  }
}
