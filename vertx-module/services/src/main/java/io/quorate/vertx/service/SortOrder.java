package io.quorate.vertx.service;

import io.vertx.codegen.annotations.VertxGen;

/** The direction of sorting. {@code NONE} with a sort target other than the key ascends. */
@VertxGen
public enum SortOrder {
  NONE,
  ASCEND,
  DESCEND
}
