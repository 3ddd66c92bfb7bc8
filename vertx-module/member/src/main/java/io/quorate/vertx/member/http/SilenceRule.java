package io.quorate.vertx.member.http;

import java.util.function.LongSupplier;

/**
 * Decides about a client that has been silent, as grpc-go does: after the interval the server
 * pings, and after the timeout without any data from the client it regards the connection as dead.
 * Time comes only from the given clock.
 */
final class SilenceRule {

  /** What to do now. */
  enum Action {
    WAIT,
    PING,
    CLOSE
  }

  private final long intervalNanos;
  private final long timeoutNanos;
  private final LongSupplier nanoTime;
  private long lastReceivedNanos;
  private long pingedNanos;
  private boolean pinged;

  SilenceRule(long intervalNanos, long timeoutNanos, LongSupplier nanoTime) {
    this.intervalNanos = intervalNanos;
    this.timeoutNanos = timeoutNanos;
    this.nanoTime = nanoTime;
    this.lastReceivedNanos = nanoTime.getAsLong();
  }

  /** Records that something was received from the client. */
  void received() {
    lastReceivedNanos = nanoTime.getAsLong();
    pinged = false;
  }

  /** What to do now; to be called again after {@link #waitNanos}. */
  Action next() {
    if (pinged) {
      return timeoutLeft() <= 0 ? Action.CLOSE : Action.WAIT;
    }
    if (intervalLeft() > 0) {
      return Action.WAIT;
    }
    pinged = true;
    pingedNanos = nanoTime.getAsLong();
    return Action.PING;
  }

  /** Time until the next call of {@link #next} at the latest. */
  long waitNanos() {
    // A pinged client may answer at once, and the next interval may be shorter than the timeout.
    return pinged ? Math.min(timeoutLeft(), intervalNanos) : intervalLeft();
  }

  private long intervalLeft() {
    return intervalNanos - (nanoTime.getAsLong() - lastReceivedNanos);
  }

  private long timeoutLeft() {
    return timeoutNanos - (nanoTime.getAsLong() - pingedNanos);
  }
}
