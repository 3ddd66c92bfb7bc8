package io.quorate.node;

import io.quorate.command.EtcdError;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Somebody who waits for an answer until a deadline, and hears one exactly once, whatever else
 * comes later. Node loop only.
 */
class Waiting<T> {
  private final Callback<T> callback;
  private final AtomicInteger counted;
  private boolean done;

  /** When it is given up; set when the loop takes the question in. */
  long deadlineTick;

  /**
   * @param counted those who wait; one less once this one has its answer
   */
  Waiting(Callback<T> callback, AtomicInteger counted) {
    this.callback = callback;
    this.counted = counted;
  }

  final boolean isDone() {
    return done;
  }

  /** True if whoever asked has gone; it has its answer then, and waits no more. */
  final boolean isAbandoned(EtcdError error) {
    if (callback.isWanted()) {
      return false;
    }
    fail(error);
    return true;
  }

  final void complete(T result) {
    if (end()) {
      callback.complete(result);
    }
  }

  final void fail(EtcdError error) {
    if (end()) {
      callback.fail(error);
    }
  }

  /** True once the deadline has come; whoever still waits then hears {@code error}. */
  final boolean expired(long nowTick, EtcdError error) {
    if (deadlineTick > nowTick) {
      return false;
    }
    fail(error);
    return true;
  }

  private boolean end() {
    boolean first = !done;
    done = true;
    if (first) {
      counted.decrementAndGet();
    }
    return first;
  }
}
