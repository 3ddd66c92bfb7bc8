package io.quorate.vertx.service;

import io.vertx.codegen.annotations.VertxGen;

/** How what is stored must relate to what is given. */
@VertxGen
public enum CompareResult {
  EQUAL,
  GREATER,
  LESS,
  NOT_EQUAL
}
