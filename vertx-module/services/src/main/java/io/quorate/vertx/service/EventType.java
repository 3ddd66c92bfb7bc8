package io.quorate.vertx.service;

import io.vertx.codegen.annotations.VertxGen;

/** The kind of a change. */
@VertxGen
public enum EventType {
  PUT,
  DELETE
}
