package io.quorate.cluster;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Brings what comes on any thread to {@link Home}, in order: all that came in a tick in one go.
 * Whoever adds sees to a bound.
 */
final class Arrivals<T> {
  private final Home home;
  private final Consumer<T> taken;
  private final Runnable allTaken;
  private final ConcurrentLinkedQueue<T> arrived = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();

  /**
   * @param taken gets one after the other
   * @param allTaken is called after the last that was there
   */
  Arrivals(Home home, Consumer<T> taken, Runnable allTaken) {
    this.home = home;
    this.taken = taken;
    this.allTaken = allTaken;
  }

  /** Any thread. */
  void add(T element) {
    arrived.add(element);
    if (scheduled.compareAndSet(false, true)) {
      home.later(this::take);
    }
  }

  /** What has been added before is taken now. Home only. */
  void take() {
    scheduled.set(false);
    T next;
    while ((next = arrived.poll()) != null) {
      taken.accept(next);
    }
    allTaken.run();
  }
}
