package io.quorate.node;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Who reads from the disk next: everybody who wants to has a line of its own, and the lines take
 * turns. So however much one asks for, another waits for no more than one read of it a thread. Any
 * thread.
 */
final class ReadTurns {
  private final Executor readers;
  private final int most;
  private final Map<Object, ArrayDeque<Read>> lines = new LinkedHashMap<>();
  private int underWay;

  /**
   * @param dropped run instead of {@code run} once nothing is read any more
   */
  private record Read(Runnable run, Runnable dropped) {}

  /**
   * @param readers where reads may block
   * @param most reads it is given at once: as many as it has threads, since in its own queue nobody
   *     takes turns
   */
  ReadTurns(Executor readers, int most) {
    this.readers = readers;
    this.most = most;
  }

  /** Runs one of the two: {@code run} when it is the turn of {@code line}. */
  void read(Object line, Runnable run, Runnable dropped) {
    Read read = new Read(run, dropped);
    synchronized (lines) {
      if (underWay >= most) {
        lines.computeIfAbsent(line, l -> new ArrayDeque<>(2)).add(read);
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

  /** Whoever has ended takes the next one along, or there is one less under way. */
  private @Nullable Read next() {
    synchronized (lines) {
      Iterator<Map.Entry<Object, ArrayDeque<Read>>> first = lines.entrySet().iterator();
      if (!first.hasNext()) {
        underWay--;
        return null;
      }
      Map.Entry<Object, ArrayDeque<Read>> turn = first.next();
      Object line = turn.getKey();
      ArrayDeque<Read> reads = turn.getValue();
      Read read = reads.remove();
      first.remove();
      if (!reads.isEmpty()) {
        lines.put(line, reads); // to the end
      }
      return read;
    }
  }
}
