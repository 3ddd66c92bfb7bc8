package io.quorate.cluster;

import io.quorate.vertx.client.recipe.Counters;
import io.vertx.core.Future;
import io.vertx.core.shareddata.Counter;

/** A linearizable counter. Any thread; futures complete on the caller's context. */
record SharedCounter(Counters.Counter counter) implements Counter {

  @Override
  public Future<Long> get() {
    return counter.get();
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
    return counter.addAndGet(value);
  }

  @Override
  public Future<Long> getAndAdd(long value) {
    return counter.getAndAdd(value);
  }

  @Override
  public Future<Boolean> compareAndSet(long expected, long value) {
    return counter.compareAndSet(expected, value);
  }
}
