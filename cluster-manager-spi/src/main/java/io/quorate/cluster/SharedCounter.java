package io.quorate.cluster;

import io.quorate.command.Bytes;
import io.quorate.command.Command.CounterAction;
import io.quorate.command.Result.Counted;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.shareddata.Counter;

/** A linearizable counter. Any thread; futures complete on the caller's context. */
final class SharedCounter implements Counter {
  private final ManagerContext context;
  private final CounterBatcher counters;
  private final Bytes key;

  SharedCounter(ManagerContext context, CounterBatcher counters, Bytes key) {
    this.context = context;
    this.counters = counters;
    this.key = key;
  }

  @Override
  public Future<Long> get() {
    return add(0).map(Counted.Counter::after);
  }

  @Override
  public Future<Long> incrementAndGet() {
    return addAndGet(1);
  }

  @Override
  public Future<Long> getAndIncrement() {
    return getAndAdd(1);
  }

  @Override
  public Future<Long> decrementAndGet() {
    return addAndGet(-1);
  }

  @Override
  public Future<Long> addAndGet(long value) {
    return add(value).map(Counted.Counter::after);
  }

  @Override
  public Future<Long> getAndAdd(long value) {
    return add(value).map(Counted.Counter::before);
  }

  @Override
  public Future<Boolean> compareAndSet(long expected, long value) {
    return step(CounterAction.COMPARE_AND_SET, expected, value)
        .map(counter -> counter.before() == expected);
  }

  private Future<Counted.Counter> add(long value) {
    return step(CounterAction.ADD, value, 0);
  }

  private Future<Counted.Counter> step(CounterAction action, long operand, long update) {
    Promise<Counted.Counter> promise = context.promise();
    counters.step(key, action, operand, update, promise);
    return promise.future();
  }
}
