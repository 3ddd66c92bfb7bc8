package io.quorate.node;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Decides which of many blocking tasks comes next. Each client has a queue of its own, and the
 * queues take turns: however many tasks one client has queued, another one waits for at most one of
 * them on each thread. Any thread.
 */
public final class Turns {
  private final Executor threads;
  private final int most;
  private final Map<Object, ArrayDeque<Task>> queues = new LinkedHashMap<>();
  private int underWay;

  /**
   * @param dropped run instead of {@code run} if the executor takes no more tasks
   */
  private record Task(Runnable run, Runnable dropped) {}

  /**
   * @param threads runs the tasks, which may block
   * @param most tasks that it is given at once: as many as it has threads, since clients do not
   *     take turns in its own queue
   */
  public Turns(Executor threads, int most) {
    this.threads = threads;
    this.most = most;
  }

  /**
   * Runs one of the two: {@code run} when it is the turn of {@code client}, or {@code dropped}.
   *
   * @param client whatever is equal counts as one client
   */
  public void run(Object client, Runnable run, Runnable dropped) {
    Task task = new Task(run, dropped);
    synchronized (queues) {
      if (underWay >= most) {
        queues.computeIfAbsent(client, c -> new ArrayDeque<>(2)).add(task);
        return;
      }
      underWay++;
    }
    start(task);
  }

  private void start(Task first) {
    Task task = first;
    while (task != null) {
      Task current = task;
      try {
        threads.execute(
            () -> {
              try {
                current.run.run();
              } finally {
                Task next = next();
                if (next != null) {
                  start(next);
                }
              }
            });
        return;
      } catch (RejectedExecutionException closed) {
        current.dropped.run();
        task = next();
      }
    }
  }

  /** The next task, to be started in place of one that has ended; null if there is none. */
  private @Nullable Task next() {
    synchronized (queues) {
      Iterator<Map.Entry<Object, ArrayDeque<Task>>> first = queues.entrySet().iterator();
      if (!first.hasNext()) {
        underWay--;
        return null;
      }
      Map.Entry<Object, ArrayDeque<Task>> turn = first.next();
      Object client = turn.getKey();
      ArrayDeque<Task> tasks = turn.getValue();
      Task task = tasks.remove();
      first.remove();
      if (!tasks.isEmpty()) {
        queues.put(client, tasks); // at the end
      }
      return task;
    }
  }
}
