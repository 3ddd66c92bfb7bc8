package io.quorate.vertx.client;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;

/** A loop on the test's thread whose clock the test advances. */
final class FakeLoop implements Loop {
  private final PriorityQueue<Task> tasks = new PriorityQueue<>();
  final List<Throwable> reported = new ArrayList<>();
  private long nowNanos = 1_000_000_000;
  private long sequence;

  private record Task(long atNanos, long sequence, Runnable run) implements Comparable<Task> {
    @Override
    public int compareTo(Task other) {
      int byTime = Long.compare(atNanos, other.atNanos);
      return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
    }
  }

  @Override
  public void execute(Runnable task) {
    task.run();
  }

  @Override
  public long nanoTime() {
    return nowNanos;
  }

  @Override
  public Runnable after(long delayNanos, Runnable task) {
    Task added = new Task(nowNanos + delayNanos, sequence++, task);
    tasks.add(added);
    return () -> tasks.remove(added);
  }

  @Override
  public void report(Throwable failure) {
    reported.add(failure);
  }

  /** Advances the clock and runs the timers that are due, each at its time. */
  void pass(long millis) {
    long end = nowNanos + TimeUnit.MILLISECONDS.toNanos(millis);
    Task task;
    while ((task = tasks.peek()) != null && task.atNanos <= end) {
      tasks.remove();
      nowNanos = Math.max(nowNanos, task.atNanos);
      task.run.run();
    }
    nowNanos = end;
  }

  /** Advances the clock without running timers, as if the process had been suspended. */
  void freeze(long millis) {
    nowNanos += TimeUnit.MILLISECONDS.toNanos(millis);
  }

  int timers() {
    return tasks.size();
  }
}
