package io.quorate.vertx.service;

import io.vertx.codegen.annotations.VertxGen;

/** What of a key is compared. */
@VertxGen
public enum CompareTarget {
  /** How often it was put since it was created. */
  VERSION,
  /** The revision at which it was created. */
  CREATE,
  /** The revision at which it was last put. */
  MOD,
  /** Its value. */
  VALUE,
  /** The lease it hangs on. */
  LEASE
}
