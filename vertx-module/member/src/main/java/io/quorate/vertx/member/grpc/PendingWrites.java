package io.quorate.vertx.member.grpc;

import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/**
 * The calls that have written something that has not left yet, because the client does not read.
 * Each is checked once a second, by a timer that only runs while there are any. Adding and removing
 * cost a few field writes, since every answer does both and nearly all leave at once.
 *
 * <p>Used on one event loop only.
 */
final class PendingWrites {
  private static final long CHECK_INTERVAL_MILLIS = 1_000;
  private static final long NONE = -1;

  private final Vertx vertx;
  private @Nullable RpcCall<?> first;
  private long timer = NONE;

  PendingWrites(Vertx vertx) {
    this.vertx = vertx;
  }

  void add(RpcCall<?> call) {
    RpcCall<?> head = first;
    call.nextPending = head;
    if (head != null) {
      head.previousPending = call;
    }
    first = call;
    if (timer == NONE) {
      timer = vertx.setPeriodic(CHECK_INTERVAL_MILLIS, id -> check());
    }
  }

  void remove(RpcCall<?> call) {
    RpcCall<?> previous = call.previousPending;
    RpcCall<?> next = call.nextPending;
    if (previous == null) {
      first = next;
    } else {
      previous.nextPending = next;
    }
    if (next != null) {
      next.previousPending = previous;
    }
    call.previousPending = null;
    call.nextPending = null;
  }

  private void check() {
    RpcCall<?> call = first;
    if (call == null) {
      close();
      return;
    }
    while (call != null) {
      RpcCall<?> next = call.nextPending; // the check may remove the call
      call.checkProgress();
      call = next;
    }
  }

  void close() {
    if (timer != NONE) {
      vertx.cancelTimer(timer);
      timer = NONE;
    }
  }
}
