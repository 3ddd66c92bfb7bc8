package io.quorate.vertx.client.recipe;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.Command.CounterAction;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.Result.Counted;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.QuorateStore;
import io.quorate.vertx.client.Session;
import io.quorate.vertx.client.UnknownOutcomeException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Counters that execute each step exactly once, even if requests are repeated: the store remembers
 * the newest request of the session, so a request is sent until there is an answer (Raft thesis,
 * 6.3). Steps that are added while a request is under way are sent together in the next one. Needs
 * Quorate, not etcd. Any thread.
 *
 * <p>At most {@value #MAX_STEPS} steps may wait; further ones fail with {@code TOO_MANY_REQUESTS}.
 */
public final class Counters {
  private static final int MAX_STEPS = 100_000;

  /** Less than the store's limit for one request. */
  private static final int STEPS_PER_REQUEST = 100;

  private static final AtomicLong NUMBERS = new AtomicLong();

  private final QuorateStore store;
  private final ContextInternal home;
  private final Sessions sessions;
  private final long timeoutMillis;
  private final Queue<Step> arrived = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final AtomicInteger size = new AtomicInteger();

  // ---- home only
  private final Deque<Step> waiting = new ArrayDeque<>();
  private long sequence;
  private int stepsToSendAlone;
  private boolean underWay;
  private boolean awaitsSession;
  private @Nullable Throwable closed;

  private record Step(Command.CounterOp op, Promise<Counted.Counter> done) {}

  /**
   * A request that is sent until there is an answer.
   *
   * @param isFirst it has not been sent before: unless its outcome is unknown, a failure means that
   *     nothing was executed
   */
  private record Attempt(
      Command.Count count, List<Step> steps, long deadlineNanos, boolean isFirst) {

    boolean isOutcomeOpen(Throwable failure) {
      return !isFirst || failure instanceof UnknownOutcomeException;
    }
  }

  /** The sessions under which requests are numbered, one after the other. */
  public interface Sessions {
    /** The lease of the present session; 0 if there is none. */
    long leaseId();

    /** The key under which the store remembers the newest request of a session. */
    Bytes slot(long leaseId);

    /**
     * Whether another session may follow a lost one. If so, steps wait for it until their time is
     * over, and {@link #sessionBegun} must be called when it has begun.
     */
    boolean mayContinue();

    /** The failure of steps that were not sent because there is no session. */
    Throwable noSession();
  }

  /**
   * Counters for as long as a session is alive.
   *
   * @param session requests are repeated as long as it is alive; then steps fail with {@link
   *     NotAcquiredException}, or {@link UnknownOutcomeException} if they may have been executed
   */
  public Counters(QuorateClient client, Session session) {
    this(
        client.vertx().getOrCreateContext(),
        client.store(),
        new OneSession(session, NUMBERS.incrementAndGet()),
        Long.MAX_VALUE);
  }

  /**
   * Counters for a series of sessions.
   *
   * @param home the context on which {@code sessions} is called
   * @param timeoutMillis how long a step may wait for a session, and how long a request is repeated
   */
  public Counters(Context home, QuorateStore store, Sessions sessions, long timeoutMillis) {
    this.home = (ContextInternal) home;
    this.store = store;
    this.sessions = sessions;
    this.timeoutMillis = timeoutMillis;
  }

  private record OneSession(Session session, long number) implements Sessions {
    @Override
    public long leaseId() {
      return session.isAlive() ? session.leaseId() : 0;
    }

    @Override
    public Bytes slot(long leaseId) {
      return Bytes.utf8("quorate/slots/" + Long.toHexString(leaseId) + '-' + number);
    }

    @Override
    public boolean mayContinue() {
      return false;
    }

    @Override
    public Throwable noSession() {
      return new NotAcquiredException("counters: the session is over");
    }
  }

  /** The counter at {@code key}. A missing key counts as 0. */
  public Counter counter(Bytes key) {
    return new Counter(key);
  }

  /** A 64-bit number. Sums wrap around. Futures complete on the caller's context. */
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
      return step(CounterAction.ADD, delta, 0).map(Counted.Counter::after);
    }

    /** Completes with the value before the addition. */
    public Future<Long> getAndAdd(long delta) {
      return step(CounterAction.ADD, delta, 0).map(Counted.Counter::before);
    }

    /** Completes with true if the value was {@code expected} and now is {@code update}. */
    public Future<Boolean> compareAndSet(long expected, long update) {
      return step(CounterAction.COMPARE_AND_SET, expected, update)
          .map(counter -> counter.before() == expected);
    }

    private Future<Counted.Counter> step(CounterAction action, long operand, long update) {
      return add(new Command.CounterOp(key, action, operand, update));
    }
  }

  private Future<Counted.Counter> add(Command.CounterOp op) {
    Promise<Counted.Counter> done = ((ContextInternal) home.owner().getOrCreateContext()).promise();
    if (size.incrementAndGet() > MAX_STEPS) {
      size.decrementAndGet();
      done.fail(EtcdError.TOO_MANY_REQUESTS.exception());
      return done.future();
    }
    arrived.add(new Step(op, done));
    if (scheduled.compareAndSet(false, true)) {
      home.runOnContext(v -> takeArrived());
    }
    return done.future();
  }

  private void takeArrived() {
    scheduled.set(false);
    Step step;
    while ((step = arrived.poll()) != null) {
      waiting.add(step);
    }
    next();
  }

  /** To be called on the home context when one of {@link Sessions} has begun. */
  public void sessionBegun() {
    next();
  }

  private void next() {
    if (closed != null) {
      failWaiting(closed);
      return;
    }
    if (underWay || waiting.isEmpty()) {
      return;
    }
    long leaseId = sessions.leaseId();
    if (leaseId == 0) {
      awaitSession();
      return;
    }
    int limit = stepsToSendAlone > 0 ? 1 : STEPS_PER_REQUEST;
    stepsToSendAlone = Math.max(0, stepsToSendAlone - 1);
    List<Step> steps = new ArrayList<>();
    List<Command.CounterOp> ops = new ArrayList<>();
    while (steps.size() < limit && !waiting.isEmpty()) {
      Step step = waiting.remove();
      steps.add(step);
      ops.add(step.op());
    }
    underWay = true;
    Command.Count count = new Command.Count(sessions.slot(leaseId), ++sequence, leaseId, ops);
    long timeoutNanos = Math.min(Long.MAX_VALUE / 2, TimeUnit.MILLISECONDS.toNanos(timeoutMillis));
    send(new Attempt(count, steps, System.nanoTime() + timeoutNanos, true));
  }

  private void awaitSession() {
    if (!sessions.mayContinue()) {
      failWaiting(sessions.noSession());
    } else if (!awaitsSession) {
      awaitsSession = true;
      home.setTimer(
          timeoutMillis,
          id -> {
            awaitsSession = false;
            if (sessions.leaseId() == 0) {
              failWaiting(sessions.noSession());
            }
          });
    }
  }

  private void send(Attempt attempt) {
    store
        .count(attempt.count())
        .onComplete(
            (counted, failure) ->
                home.execute(
                    () -> {
                      if (counted != null) {
                        answered(attempt, counted);
                      } else {
                        failed(attempt, failure);
                      }
                    }));
  }

  private void answered(Attempt attempt, Counted counted) {
    List<Step> steps = attempt.steps();
    for (int i = 0; i < steps.size(); i++) {
      steps.get(i).done().tryComplete(counted.counters().get(i));
    }
    done(steps);
  }

  private void failed(Attempt attempt, Throwable failure) {
    List<Step> steps = attempt.steps();
    EtcdError error = failure instanceof EtcdException e ? e.error() : null;
    if (error == EtcdError.NOT_A_COUNTER) {
      if (steps.size() > 1) {
        // nothing was executed: send each step on its own, so that only the faulty one fails
        stepsToSendAlone = steps.size();
        putBack(steps);
        underWay = false;
        next();
      } else {
        fail(steps, failure);
      }
    } else if (error == EtcdError.LEASE_NOT_FOUND && attempt.isFirst() && sessions.mayContinue()) {
      // nothing was executed: send the steps under the next session
      putBack(steps);
      home.setTimer(
          TransientErrors.RETRY_MILLIS,
          id -> {
            underWay = false;
            next();
          });
    } else if (error == EtcdError.LEASE_NOT_FOUND) {
      fail(steps, attempt.isFirst() ? sessions.noSession() : unknownOutcome(sessions.noSession()));
    } else if (TransientErrors.isTransient(failure) && maySendAgain(attempt)) {
      home.setTimer(TransientErrors.RETRY_MILLIS, id -> sendAgain(attempt, failure));
    } else {
      fail(steps, attempt.isOutcomeOpen(failure) ? unknownOutcome(failure) : failure);
    }
  }

  private boolean maySendAgain(Attempt attempt) {
    return closed == null && System.nanoTime() - attempt.deadlineNanos() < 0;
  }

  private void sendAgain(Attempt attempt, Throwable failure) {
    if (sessions.leaseId() == 0 && !sessions.mayContinue()) {
      boolean isOpen = attempt.isOutcomeOpen(failure);
      Throwable over = sessions.noSession();
      fail(attempt.steps(), isOpen ? unknownOutcome(over) : over);
    } else {
      send(new Attempt(attempt.count(), attempt.steps(), attempt.deadlineNanos(), false));
    }
  }

  private static Throwable unknownOutcome(Throwable cause) {
    return cause instanceof UnknownOutcomeException
        ? cause
        : new UnknownOutcomeException("a step of a counter", cause);
  }

  private void putBack(List<Step> steps) {
    for (int i = steps.size() - 1; i >= 0; i--) {
      waiting.addFirst(steps.get(i));
    }
  }

  private void fail(List<Step> steps, Throwable failure) {
    steps.forEach(step -> step.done().tryFail(failure));
    done(steps);
  }

  private void done(List<Step> steps) {
    size.addAndGet(-steps.size());
    underWay = false;
    next();
  }

  private void failWaiting(Throwable failure) {
    List<Step> steps = new ArrayList<>(waiting);
    waiting.clear();
    size.addAndGet(-steps.size());
    steps.forEach(step -> step.done().tryFail(failure));
  }

  /**
   * Steps that wait, and later ones, fail with {@link Sessions#noSession}; a request that is under
   * way is not repeated any more. To be called on the home context.
   */
  public void close() {
    closed = sessions.noSession();
    failWaiting(closed);
  }
}
