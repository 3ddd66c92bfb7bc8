package io.quorate.vertx.client.recipe;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.Result;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.Session;
import io.quorate.vertx.client.UnknownOutcomeException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Counters that execute each step exactly once, even if requests are repeated: the store remembers
 * the newest request of the session, so a request is sent until there is an answer (Raft thesis,
 * 6.3). Steps that are added while a request is under way are sent together in the next one. Needs
 * Quorate, not etcd. Any thread.
 */
public final class Counters {
  /** Less than the store's limit for one request. */
  private static final int MAX_STEPS = 64;

  private static final AtomicLong NUMBERS = new AtomicLong();

  private final QuorateClient client;
  private final Session session;
  private final ContextInternal context;
  private final Bytes slot;
  private final Deque<Step> waiting = new ArrayDeque<>();
  private long sequence;
  private boolean scheduled;
  private boolean underWay;

  private record Step(Command.CounterOp op, boolean alone, Promise<Result.Counted.Counter> done) {}

  /**
   * @param session steps are executed as long as it is alive
   */
  public Counters(QuorateClient client, Session session) {
    this.client = client;
    this.session = session;
    this.context = (ContextInternal) client.vertx().getOrCreateContext();
    this.slot =
        Bytes.utf8(
            "quorate/slots/"
                + Long.toHexString(session.leaseId())
                + '-'
                + NUMBERS.incrementAndGet());
  }

  /** The counter at {@code key}. A missing key counts as 0. */
  public Counter counter(Bytes key) {
    return new Counter(key);
  }

  /** A 64-bit number. Sums wrap around. */
  public final class Counter {
    private final Bytes key;

    private Counter(Bytes key) {
      this.key = key;
    }

    /** The value. The read is linearizable. */
    public Future<Long> get() {
      return getAndAdd(0);
    }

    /** Completes with the sum. */
    public Future<Long> addAndGet(long delta) {
      return add(delta).map(Result.Counted.Counter::after);
    }

    /** Completes with the value before the addition. */
    public Future<Long> getAndAdd(long delta) {
      return add(delta).map(Result.Counted.Counter::before);
    }

    private Future<Result.Counted.Counter> add(long delta) {
      return ask(new Command.CounterOp(key, Command.CounterAction.ADD, delta, 0));
    }

    /** Completes with true if the value was {@code expected} and now is {@code update}. */
    public Future<Boolean> compareAndSet(long expected, long update) {
      return ask(new Command.CounterOp(
              key, Command.CounterAction.COMPARE_AND_SET, expected, update))
          .map(counter -> counter.before() == expected);
    }
  }

  private Future<Result.Counted.Counter> ask(Command.CounterOp op) {
    Promise<Result.Counted.Counter> done =
        ((ContextInternal) client.vertx().getOrCreateContext()).promise();
    context.execute(
        () -> {
          waiting.add(new Step(op, false, done));
          if (!scheduled && !underWay) {
            scheduled = true;
            context.runOnContext(v -> next());
          }
        });
    return done.future();
  }

  private void next() {
    scheduled = false;
    List<Step> steps = new ArrayList<>();
    Step step;
    while (steps.size() < MAX_STEPS && (step = waiting.peek()) != null) {
      if (step.alone && !steps.isEmpty()) {
        break;
      }
      steps.add(waiting.remove());
      if (step.alone) {
        break;
      }
    }
    if (!steps.isEmpty()) {
      underWay = true;
      List<Command.CounterOp> ops = steps.stream().map(Step::op).toList();
      send(new Command.Count(slot, ++sequence, session.leaseId(), ops), steps, false);
    }
  }

  private void send(Command.Count count, List<Step> steps, boolean outcomeOpen) {
    if (!session.isAlive()) {
      sessionOver(steps, outcomeOpen);
      return;
    }
    client
        .store()
        .count(count)
        .onComplete(
            (counted, failure) -> {
              if (counted != null) {
                answered(steps, counted);
              } else if (failure != null && TransientErrors.isTransient(failure)) {
                context.setTimer(TransientErrors.RETRY_MILLIS, id -> send(count, steps, true));
              } else {
                refused(steps, failure, outcomeOpen);
              }
            });
  }

  private void answered(List<Step> steps, Result.Counted counted) {
    for (int i = 0; i < steps.size(); i++) {
      steps.get(i).done.tryComplete(counted.counters().get(i));
    }
    done();
  }

  private void refused(List<Step> steps, @Nullable Throwable failure, boolean outcomeOpen) {
    EtcdError error = failure instanceof EtcdException e ? e.error() : null;
    if (error == EtcdError.LEASE_NOT_FOUND) {
      sessionOver(steps, outcomeOpen);
      return;
    }
    if (error == EtcdError.NOT_A_COUNTER && steps.size() > 1) {
      // nothing was executed: send each step on its own, so that only the faulty one fails
      for (int i = steps.size() - 1; i >= 0; i--) {
        waiting.addFirst(new Step(steps.get(i).op, true, steps.get(i).done));
      }
    } else {
      steps.forEach(step -> step.done.tryFail(failure));
    }
    done();
  }

  private void sessionOver(List<Step> steps, boolean outcomeOpen) {
    NotAcquiredException cause = new NotAcquiredException("counters: the session is over");
    Throwable told = outcomeOpen ? new UnknownOutcomeException("count", cause) : cause;
    steps.forEach(step -> step.done.tryFail(told));
    done();
  }

  private void done() {
    underWay = false;
    next();
  }
}
