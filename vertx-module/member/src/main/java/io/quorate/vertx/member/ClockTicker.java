package io.quorate.vertx.member;

import io.quorate.node.Ticker;
import java.util.function.LongSupplier;

/** Counts by a clock: a timer that was kept waiting fires for all that it missed, one by one. */
final class ClockTicker implements Ticker {
  private final long tickNanos;
  private final LongSupplier nanoTime;
  private final long beginNanos;
  private long told;

  ClockTicker(long tickNanos, LongSupplier nanoTime) {
    this.tickNanos = tickNanos;
    this.nanoTime = nanoTime;
    this.beginNanos = nanoTime.getAsLong();
  }

  @Override
  public int due() {
    long due = (nanoTime.getAsLong() - beginNanos) / tickNanos - told;
    told += due;
    return (int) Math.min(due, Integer.MAX_VALUE);
  }
}
