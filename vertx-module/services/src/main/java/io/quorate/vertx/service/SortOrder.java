package io.quorate.vertx.service;

import io.vertx.codegen.annotations.VertxGen;

/** How a range is sorted. Without an order, by another target than the key, it ascends. */
@VertxGen
public enum SortOrder {
  NONE,
  ASCEND,
  DESCEND
}
