package io.quorate.vertx.service;

import io.vertx.codegen.annotations.VertxGen;

/** Which property of a key is compared. */
@VertxGen
public enum CompareTarget {
  /** The number of puts since it was created. */
  VERSION,
  /** The revision at which it was created. */
  CREATE,
  /** The revision at which it was last put. */
  MOD,
  /** Its value. */
  VALUE,
  /** The lease that it is attached to. */
  LEASE
}
