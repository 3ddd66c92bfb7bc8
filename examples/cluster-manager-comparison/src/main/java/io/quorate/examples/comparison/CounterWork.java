package io.quorate.examples.comparison;

import io.vertx.core.Future;
import io.vertx.core.shareddata.Counter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * One counter, incremented from three nodes.
 *
 * <p>Some managers let an increment fail when too many want the same counter. It is then asked for
 * again, as its user would, and counted as refused; in the end the counter must hold what was
 * answered and nothing else.
 */
final class CounterWork {
  private static final int CALLERS = 64;
  private static final int MAX_REFUSALS = 1_000;

  private CounterWork() {}

  static List<Measured> increment(Trio trio, Plan plan) {
    List<Counter> counters = new ArrayList<>();
    for (int i = 0; i < Trio.SIZE; i++) {
      counters.add(BoundedWait.await("counter", trio.node(i).sharedData().getCounter("compared")));
    }
    long before = BoundedWait.await("counter's value", counters.get(0).get());
    LongAdder answered = new LongAdder();
    LongAdder refused = new LongAdder();
    long[] last = new long[CALLERS];
    List<Double> rates =
        ClosedLoop.run(
            plan,
            trio.callers(CALLERS),
            (caller, n) ->
                increment(counters.get(caller % Trio.SIZE), refused, 0)
                    .map(
                        value -> {
                          if (value <= last[caller]) {
                            throw new ComparisonFailure(
                                "counter: " + value + " after " + last[caller]);
                          }
                          last[caller] = value;
                          answered.increment();
                          return null;
                        }));
    for (Counter counter : counters) {
      long value = BoundedWait.await("counter's value", counter.get());
      if (value != before + answered.sum()) {
        throw new ComparisonFailure(
            "counter: is " + value + " after " + answered.sum() + " increments from " + before);
      }
    }
    return List.of(Measured.ofRounds(Figure.COUNTER, rates).with("refused", refused.sum()));
  }

  private static Future<Long> increment(Counter counter, LongAdder refused, int times) {
    return counter
        .incrementAndGet()
        .recover(
            failure -> {
              refused.increment();
              return times == MAX_REFUSALS
                  ? Future.failedFuture(failure)
                  : increment(counter, refused, times + 1);
            });
  }
}
