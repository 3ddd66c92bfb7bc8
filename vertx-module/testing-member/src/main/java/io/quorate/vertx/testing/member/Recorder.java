package io.quorate.vertx.testing.member;

import io.quorate.command.Event;
import io.quorate.vertx.client.WatchStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Collects the events of a watch for the test's thread. */
public final class Recorder {
  private static final long WAIT_SECONDS = 30;

  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

  /** The events taken so far. */
  public final List<Event> seen = new ArrayList<>();

  public final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
  public final BlockingQueue<String> ends = new LinkedBlockingQueue<>();

  public static Recorder of(WatchStream stream) {
    Recorder recorder = new Recorder();
    stream.exceptionHandler(recorder.failures::add);
    stream.endHandler(end -> recorder.ends.add("end"));
    stream.handler(batch -> recorder.events.addAll(batch.events()));
    return recorder;
  }

  public static <T> T next(BlockingQueue<T> queue) {
    try {
      T next = queue.poll(WAIT_SECONDS, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("nothing came");
      }
      return next;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  public Event next() {
    Event next = next(events);
    seen.add(next);
    return next;
  }

  /** The values of the next {@code count} puts. */
  public List<String> nextValues(int count) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      values.add(next().kv().value().utf8());
    }
    return values;
  }
}
