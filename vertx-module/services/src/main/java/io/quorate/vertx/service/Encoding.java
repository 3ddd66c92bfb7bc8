package io.quorate.vertx.service;

import io.vertx.codegen.annotations.VertxGen;

/** How bytes stand in strings. */
@VertxGen
public enum Encoding {
  /** As text. What is not UTF-8 cannot be told so: such an answer fails, and names the key. */
  UTF8,
  /** The standard alphabet, with padding. */
  BASE64
}
