package io.quorate.cluster;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.Command.CounterAction;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.Result;
import io.quorate.vertx.client.QuorateStore;
import io.quorate.vertx.client.UnknownOutcomeException;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Batches the counter operations of this node into commands, one of which is in flight at a time.
 * Each command has a sequence number within the session, so it is retried until its outcome is
 * known and still counts once (thesis 6.3). {@link #step} on any thread, the rest on {@link
 * ManagerContext}.
 */
final class CounterBatcher implements NodeSession.Listener {
  private static final int STEPS_A_COMMAND = 100;
  private static final int MAX_QUEUED = 100_000;
  private static final long TIMEOUT_MILLIS = 10_000;
  private static final long RETRY_MILLIS = 50;

  private record Step(Command.CounterOp op, Promise<Result.Counted.Counter> promise) {}

  private final ManagerContext context;
  private final KeyLayout keys;
  private final QuorateStore store;
  private final String ownId;
  private final NodeSession nodeSession;
  private final ContextQueue<Step> queued;
  private final AtomicInteger size = new AtomicInteger();
  private final ArrayDeque<Step> queue = new ArrayDeque<>();
  private boolean underWay;
  private boolean waitingForSession;
  private long sequence;
  private int alone;
  private boolean closed;

  CounterBatcher(
      ManagerContext context,
      KeyLayout keys,
      QuorateStore store,
      String ownId,
      NodeSession nodeSession) {
    this.context = context;
    this.keys = keys;
    this.store = store;
    this.ownId = ownId;
    this.nodeSession = nodeSession;
    this.queued = new ContextQueue<>(context, queue::add, this::flush);
  }

  /** Completes {@code promise} with the counter before and after. */
  void step(
      Bytes counter,
      CounterAction action,
      long operand,
      long update,
      Promise<Result.Counted.Counter> promise) {
    if (size.incrementAndGet() > MAX_QUEUED) {
      size.decrementAndGet();
      promise.fail(EtcdError.TOO_MANY_REQUESTS.exception());
      return;
    }
    queued.add(new Step(new Command.CounterOp(counter, action, operand, update), promise));
  }

  private void flush() {
    if (closed) {
      failAll();
      return;
    }
    if (underWay || queue.isEmpty()) {
      return;
    }
    long lease = nodeSession.lease();
    if (lease == 0) {
      waitForSession();
      return;
    }
    int most = alone > 0 ? 1 : STEPS_A_COMMAND;
    alone = Math.max(0, alone - 1);
    List<Step> steps = new ArrayList<>();
    List<Command.CounterOp> ops = new ArrayList<>();
    while (steps.size() < most && !queue.isEmpty()) {
      Step step = queue.remove();
      steps.add(step);
      ops.add(step.op());
    }
    underWay = true;
    Command.Count count = new Command.Count(keys.counterSlot(ownId, lease), ++sequence, lease, ops);
    send(count, steps, System.nanoTime() + TIMEOUT_MILLIS * 1_000_000, true);
  }

  private void send(Command.Count count, List<Step> steps, long deadlineNanos, boolean first) {
    context.onComplete(
        store.count(count),
        (counted, failure) -> {
          if (counted != null) {
            for (int i = 0; i < steps.size(); i++) {
              steps.get(i).promise().tryComplete(counted.counters().get(i));
            }
            done(steps);
          } else {
            failed(count, steps, deadlineNanos, first, failure);
          }
        });
  }

  private void failed(
      Command.Count count, List<Step> steps, long deadlineNanos, boolean first, Throwable why) {
    EtcdError error = why instanceof EtcdException e ? e.error() : null;
    if (error == EtcdError.NOT_A_COUNTER && steps.size() > 1) {
      // nothing has changed: sent one by one, so that only the wrong operation fails
      putBack(steps);
      alone = steps.size();
    } else if (error == EtcdError.LEASE_NOT_FOUND && first) {
      putBack(steps); // nothing has changed: retried under the next session
      underWay = false;
      context.timer(RETRY_MILLIS, this::flush);
      return;
    } else if (mayPass(error, why) && System.nanoTime() < deadlineNanos && !closed) {
      context.timer(RETRY_MILLIS, () -> send(count, steps, deadlineNanos, false));
      return;
    } else {
      boolean certain = first && !(why instanceof UnknownOutcomeException);
      Throwable told =
          certain || error == EtcdError.NOT_A_COUNTER
              ? why
              : new UnknownOutcomeException("a counter operation", why);
      steps.forEach(step -> step.promise().tryFail(told));
      done(steps);
      return;
    }
    underWay = false;
    flush();
  }

  private static boolean mayPass(@Nullable EtcdError error, Throwable why) {
    if (error == null) {
      return why instanceof UnknownOutcomeException;
    }
    return switch (error.code()) {
      case UNAVAILABLE -> error != EtcdError.STOPPED;
      case UNKNOWN -> true;
      default -> false;
    };
  }

  private void putBack(List<Step> steps) {
    for (int i = steps.size() - 1; i >= 0; i--) {
      queue.addFirst(steps.get(i));
    }
  }

  private void done(List<Step> steps) {
    size.addAndGet(-steps.size());
    underWay = false;
    flush();
  }

  /** Callers wait for a session no longer than for a quorum. */
  private void waitForSession() {
    if (waitingForSession) {
      return;
    }
    waitingForSession = true;
    context.timer(
        TIMEOUT_MILLIS,
        () -> {
          waitingForSession = false;
          if (nodeSession.lease() == 0) {
            failAll();
          }
        });
  }

  @Override
  public void sessionBegun() {
    flush();
  }

  @Override
  public void sessionLost() {
    // the command in flight completes or fails by itself
  }

  void close() {
    closed = true;
    failAll();
  }

  private void failAll() {
    size.addAndGet(-queue.size());
    List<Step> left = new ArrayList<>(queue);
    queue.clear();
    left.forEach(step -> step.promise().tryFail("this node is not in the cluster"));
  }
}
