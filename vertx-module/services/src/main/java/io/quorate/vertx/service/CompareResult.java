package io.quorate.vertx.service;

import io.vertx.codegen.annotations.VertxGen;

/** How the stored value must relate to the given one. */
@VertxGen
public enum CompareResult {
  EQUAL,
  GREATER,
  LESS,
  NOT_EQUAL
}
