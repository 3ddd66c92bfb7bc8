package io.quorate.vertx.service;

import io.vertx.codegen.annotations.VertxGen;

/** How strings represent bytes. */
@VertxGen
public enum Encoding {
  /**
   * As text. Bytes that are not UTF-8 cannot be represented: the request fails, and the message
   * names the key.
   */
  UTF8,
  /** Base64 in the standard alphabet, with padding. */
  BASE64
}
