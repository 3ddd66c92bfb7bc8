package io.quorate.vertx.server.bench;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** Latencies and failures of one kind of event; recorded on any thread, read by one. */
final class Tally {
  private static final long MAX_MICROS = 200_000_000;
  private static final int DIGITS = 3;

  /** Messages may contain numbers that differ each time; further messages are counted together. */
  private static final int MAX_MESSAGES = 50;

  private final Recorder recorder = new Recorder(MAX_MICROS, DIGITS);
  private final Histogram all = new Histogram(MAX_MICROS, DIGITS);
  private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();
  private final LongAdder failed = new LongAdder();

  void succeeded(long nanos) {
    recorder.recordValue(Math.max(0, Math.min(MAX_MICROS, nanos / 1_000)));
  }

  void failed(String message) {
    failed(message, 1);
  }

  void failed(String message, long times) {
    failed.add(times);
    String key =
        failures.size() < MAX_MESSAGES || failures.containsKey(message) ? message : "other";
    failures.computeIfAbsent(key, m -> new LongAdder()).add(times);
  }

  /** The successes since the last call; to be called by one thread. */
  Histogram interval() {
    Histogram interval = recorder.getIntervalHistogram();
    all.add(interval);
    return interval;
  }

  /** All successes so far; to be called by the thread that calls {@link #interval}. */
  Histogram all() {
    interval();
    return all;
  }

  long failures() {
    return failed.sum();
  }

  Map<String, Long> failuresByMessage() {
    Map<String, Long> sums = new TreeMap<>();
    failures.forEach((message, times) -> sums.put(message, times.sum()));
    return sums;
  }
}
