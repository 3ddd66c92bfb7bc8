package io.quorate.vertx.service;

import io.vertx.codegen.annotations.VertxGen;

/** What a range is sorted by. */
@VertxGen
public enum SortTarget {
  KEY,
  VERSION,
  CREATE,
  MOD,
  VALUE
}
