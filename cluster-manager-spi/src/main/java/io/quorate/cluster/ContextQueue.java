package io.quorate.cluster;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Takes elements from any thread to {@link ManagerContext}, in order; those that arrive within a
 * tick are processed together. It has no bound: its users bound what they add.
 */
final class ContextQueue<T> {
  private final ManagerContext context;
  private final Consumer<T> taken;
  private final Runnable allTaken;
  private final ConcurrentLinkedQueue<T> arrived = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();

  /**
   * @param taken receives each element
   * @param allTaken called after the last element of a batch
   */
  ContextQueue(ManagerContext context, Consumer<T> taken, Runnable allTaken) {
    this.context = context;
    this.taken = taken;
    this.allTaken = allTaken;
  }

  /** Any thread. */
  void add(T element) {
    arrived.add(element);
    if (scheduled.compareAndSet(false, true)) {
      context.later(this::take);
    }
  }

  /** Processes what was added so far. {@link ManagerContext} only. */
  void take() {
    scheduled.set(false);
    T next;
    while ((next = arrived.poll()) != null) {
      taken.accept(next);
    }
    allTaken.run();
  }
}
