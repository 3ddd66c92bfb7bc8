package io.quorate.vertx.service;

import io.vertx.codegen.annotations.VertxGen;

/** The property to sort by. */
@VertxGen
public enum SortTarget {
  KEY,
  VERSION,
  CREATE,
  MOD,
  VALUE
}
