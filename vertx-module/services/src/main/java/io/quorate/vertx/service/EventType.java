package io.quorate.vertx.service;

import io.vertx.codegen.annotations.VertxGen;

/** What happened to a key. */
@VertxGen
public enum EventType {
  PUT,
  DELETE
}
