package io.quorate.vertx.member;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ClockTickerTest {
  @Test
  void missedTicksAreDueAtOnceAndCountedOnlyOnce() {
    AtomicLong nanoTime = new AtomicLong(-1_000);
    var ticker = new ClockTicker(100, nanoTime::get);
    long[][] dueAt = {{-901, 0}, {-900, 1}, {-890, 0}, {-150, 7}, {-149, 0}, {-100, 1}};
    for (long[] due : dueAt) {
      nanoTime.set(due[0]);
      assertThat(ticker.due()).as("at %d", due[0]).isEqualTo((int) due[1]);
    }
  }
}
