package io.quorate.node;

import io.quorate.raft.LogPosition;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Group commit without a timer: all writes that were queued while the last commit ran go into the
 * next one. The queue is bounded since Raft bounds what is not persisted.
 *
 * <p>After the first failure nothing is written any more: neither is the write repeated nor a later
 * one tried, and no further write is reported as durable.
 */
public final class GroupCommitLog implements LogQueue {
  private static final int MAX_WRITES_A_COMMIT = 4_096;

  private final LogStore store;
  private final Executor thread;
  private final Executor loop;
  private final Consumer<Throwable> failed;
  private final ConcurrentLinkedQueue<Task> queue = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private boolean dead;

  /** A write with what to run once it is durable, or a prefix to cut off. */
  private record Task(
      LogStore.@Nullable Write write, @Nullable Runnable durable, @Nullable LogPosition prefix) {}

  /**
   * @param thread on which the store is called; runs one task at a time
   * @param loop the node's loop
   * @param failed called once with the first failure, on {@code thread}
   */
  public GroupCommitLog(
      LogStore store, Executor thread, Executor loop, Consumer<Throwable> failed) {
    this.store = store;
    this.thread = thread;
    this.loop = loop;
    this.failed = failed;
  }

  @Override
  public void append(LogStore.Write write, Runnable durable) {
    submit(new Task(write, durable, null));
  }

  @Override
  public void truncatePrefix(LogPosition upTo) {
    submit(new Task(null, null, upTo));
  }

  private void submit(Task task) {
    queue.add(task);
    schedule();
  }

  private void schedule() {
    if (scheduled.compareAndSet(false, true)) {
      thread.execute(this::drain);
    }
  }

  private void drain() {
    List<LogStore.Write> writes = new ArrayList<>();
    List<Runnable> durable = new ArrayList<>();
    LogPosition prefix = null;
    Task task;
    while (writes.size() < MAX_WRITES_A_COMMIT && (task = queue.poll()) != null) {
      if (task.prefix != null) {
        prefix = task.prefix;
      }
      if (task.write != null && !isEmpty(task.write)) {
        writes.add(task.write);
      }
      if (task.durable != null) {
        durable.add(task.durable);
      }
    }
    if (!dead) {
      try {
        if (!writes.isEmpty()) {
          store.write(writes);
        }
        if (!durable.isEmpty()) {
          loop.execute(() -> durable.forEach(Runnable::run));
        }
        if (prefix != null) {
          store.truncatePrefix(prefix);
        }
        store.maintain();
      } catch (Exception | Error e) {
        dead = true;
        failed.accept(e);
      }
    }
    scheduled.set(false);
    if (!queue.isEmpty()) {
      schedule();
    }
  }

  private static boolean isEmpty(LogStore.Write write) {
    return write.hardState() == null && write.entries().isEmpty() && write.resetTo() == null;
  }
}
