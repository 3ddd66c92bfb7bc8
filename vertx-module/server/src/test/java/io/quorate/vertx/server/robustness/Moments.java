package io.quorate.vertx.server.robustness;

import java.util.concurrent.TimeUnit;

/** The clients' time. On their event loop, so what comes later there has a later step. */
final class Moments {
  private final long beginNanos = System.nanoTime();
  private long step;

  long nextStep() {
    return ++step;
  }

  long millis() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beginNanos);
  }
}
