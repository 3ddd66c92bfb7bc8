package io.quorate.vertx.server.robustness;

import java.util.concurrent.TimeUnit;

/** The clients' clock. On their event loop, later events have later steps. */
final class StepClock {
  private final long beginNanos = System.nanoTime();
  private long step;

  long nextStep() {
    return ++step;
  }

  long millis() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beginNanos);
  }
}
