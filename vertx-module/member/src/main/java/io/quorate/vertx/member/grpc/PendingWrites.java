package io.quorate.vertx.member.grpc;

import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/**
 * The calls of which something was sent that is not taken. Each is looked at once a second, by a
 * timer that only runs while there are any; coming and going costs a few field writes, because
 * every answer does both and nearly all go at once.
 *
 * <p>One event loop only.
 */
final class UntakenAnswers {
  private static final long LOOK_MILLIS = 1_000;
  private static final long NONE = -1;

  private final Vertx vertx;
  private @Nullable RpcCall<?> first;
  private long timer = NONE;

  UntakenAnswers(Vertx vertx) {
    this.vertx = vertx;
  }

  void add(RpcCall<?> call) {
    RpcCall<?> head = first;
    call.nextUntaken = head;
    if (head != null) {
      head.previousUntaken = call;
    }
    first = call;
    if (timer == NONE) {
      timer = vertx.setPeriodic(LOOK_MILLIS, id -> look());
    }
  }

  void remove(RpcCall<?> call) {
    RpcCall<?> previous = call.previousUntaken;
    RpcCall<?> next = call.nextUntaken;
    if (previous == null) {
      first = next;
    } else {
      previous.nextUntaken = next;
    }
    if (next != null) {
      next.previousUntaken = previous;
    }
    call.previousUntaken = null;
    call.nextUntaken = null;
  }

  private void look() {
    RpcCall<?> call = first;
    if (call == null) {
      close();
      return;
    }
    while (call != null) {
      RpcCall<?> next = call.nextUntaken; // looking may remove the call
      call.look();
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
