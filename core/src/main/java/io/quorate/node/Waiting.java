package io.quorate.node;

import io.quorate.command.EtcdError;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A caller who waits for an answer until a deadline, and gets exactly one: after the first, further
 * calls do nothing. Node loop only.
 */
class Waiting<T> {
  private final Callback<T> callback;
  private final AtomicInteger counted;
  private boolean done;

  /** When the caller gives up; set when the loop takes the request in. */
  long deadlineTick;

  /**
   * @param counted number of callers who wait; decremented when this one gets its answer
   */
  Waiting(Callback<T> callback, AtomicInteger counted) {
    this.callback = callback;
    this.counted = counted;
  }

  final boolean isDone() {
    return done;
  }

  /** True if the caller does not want an answer any more; then it gets {@code error}. */
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

  /** True once the deadline has come; then the caller gets {@code error}. */
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
