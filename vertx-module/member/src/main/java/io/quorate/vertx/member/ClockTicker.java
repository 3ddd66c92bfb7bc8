package io.quorate.vertx.member;

import io.quorate.node.Ticker;
import java.util.function.LongSupplier;

/** Counts ticks by a clock. After the timer was delayed, all the missed ticks are due at once. */
final class ClockTicker implements Ticker {
  private final long tickNanos;
  private final LongSupplier nanoTime;
  private final long beginNanos;
  private long counted;

  ClockTicker(long tickNanos, LongSupplier nanoTime) {
    this.tickNanos = tickNanos;
    this.nanoTime = nanoTime;
    this.beginNanos = nanoTime.getAsLong();
  }

  @Override
  public int due() {
    long due = (nanoTime.getAsLong() - beginNanos) / tickNanos - counted;
    counted += due;
    return (int) Math.min(due, Integer.MAX_VALUE);
  }
}
