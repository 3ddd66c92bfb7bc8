package io.quorate.vertx.member.http;

import java.util.function.LongSupplier;

/**
 * What a server does about a client it hears nothing of, as grpc-go does: after the interval it
 * pings, and after the timeout without anything from the client, be it an answer or not, it takes
 * the connection for dead. Knows the time only through its clock.
 */
final class SilenceRule {

  /** What is to be done now. */
  enum Verdict {
    WAIT,
    PING,
    CLOSE
  }

  private final long intervalNanos;
  private final long timeoutNanos;
  private final LongSupplier nanoTime;
  private long lastHeardNanos;
  private long pingedNanos;
  private boolean pinged;

  SilenceRule(long intervalNanos, long timeoutNanos, LongSupplier nanoTime) {
    this.intervalNanos = intervalNanos;
    this.timeoutNanos = timeoutNanos;
    this.nanoTime = nanoTime;
    this.lastHeardNanos = nanoTime.getAsLong();
  }

  /** The client is alive. */
  void heard() {
    lastHeardNanos = nanoTime.getAsLong();
    pinged = false;
  }

  /** To be asked again after {@link #waitNanos}. */
  Verdict look() {
    if (pinged) {
      return timeoutLeft() <= 0 ? Verdict.CLOSE : Verdict.WAIT;
    }
    if (intervalLeft() > 0) {
      return Verdict.WAIT;
    }
    pinged = true;
    pingedNanos = nanoTime.getAsLong();
    return Verdict.PING;
  }

  /** No later than this there may be something to do. */
  long waitNanos() {
    // A pinged client may answer at once, and the next interval may be shorter than the timeout.
    return pinged ? Math.min(timeoutLeft(), intervalNanos) : intervalLeft();
  }

  private long intervalLeft() {
    return intervalNanos - (nanoTime.getAsLong() - lastHeardNanos);
  }

  private long timeoutLeft() {
    return timeoutNanos - (nanoTime.getAsLong() - pingedNanos);
  }
}
