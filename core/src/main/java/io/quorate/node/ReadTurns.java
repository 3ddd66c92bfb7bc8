package io.quorate.node;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Decides which read from the disk comes next. Each client has a queue of its own, and the queues
 * take turns: however many reads one client has queued, another one waits for at most one of them
 * on each thread. Any thread.
 */
final class ReadTurns {
  private final Executor readers;
  private final int most;
  private final Map<Object, ArrayDeque<Read>> queues = new LinkedHashMap<>();
  private int underWay;

  /**
   * @param dropped run instead of {@code run} if the executor takes no more tasks
   */
  private record Read(Runnable run, Runnable dropped) {}

  /**
   * @param readers runs the reads, which may block
   * @param most reads that it is given at once: as many as it has threads, since clients do not
   *     take turns in its own queue
   */
  ReadTurns(Executor readers, int most) {
    this.readers = readers;
    this.most = most;
  }

  /**
   * Runs one of the two: {@code run} when it is the turn of {@code client}, or {@code dropped}.
   *
   * @param client whatever is equal counts as one client
   */
  void read(Object client, Runnable run, Runnable dropped) {
    Read read = new Read(run, dropped);
    synchronized (queues) {
      if (underWay >= most) {
        queues.computeIfAbsent(client, c -> new ArrayDeque<>(2)).add(read);
        return;
      }
      underWay++;
    }
    start(read);
  }

  private void start(Read first) {
    Read read = first;
    while (read != null) {
      Read current = read;
      try {
        readers.execute(
            () -> {
              try {
                current.run.run();
              } finally {
                Read next = next();
                if (next != null) {
                  start(next);
                }
              }
            });
        return;
      } catch (RejectedExecutionException closed) {
        current.dropped.run();
        read = next();
      }
    }
  }

  /** The next read, to be started in place of one that has ended; null if there is none. */
  private @Nullable Read next() {
    synchronized (queues) {
      Iterator<Map.Entry<Object, ArrayDeque<Read>>> first = queues.entrySet().iterator();
      if (!first.hasNext()) {
        underWay--;
        return null;
      }
      Map.Entry<Object, ArrayDeque<Read>> turn = first.next();
      Object client = turn.getKey();
      ArrayDeque<Read> reads = turn.getValue();
      Read read = reads.remove();
      first.remove();
      if (!reads.isEmpty()) {
        queues.put(client, reads); // at the end
      }
      return read;
    }
  }
}
