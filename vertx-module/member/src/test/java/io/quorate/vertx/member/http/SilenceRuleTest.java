package io.quorate.vertx.member.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.member.http.SilenceRule.Action;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SilenceRuleTest {
  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1_000);
  private final SilenceRule rule = new SilenceRule(1_000, 300, clock::get);

  @Test
  void aClientIsPingedAfterTheIntervalAndNotBefore() {
    assertThat(rule.waitNanos()).isEqualTo(1_000);
    clock.addAndGet(999);
    assertThat(rule.next()).isEqualTo(Action.WAIT);
    assertThat(rule.waitNanos()).isEqualTo(1);
    clock.addAndGet(1);
    assertThat(rule.next()).isEqualTo(Action.PING);
    assertThat(rule.waitNanos()).isEqualTo(300);
  }

  @Test
  void receivedDataRestartsTheInterval() {
    clock.addAndGet(600);
    rule.received();
    clock.addAndGet(600);
    assertThat(rule.next()).isEqualTo(Action.WAIT);
    assertThat(rule.waitNanos()).isEqualTo(400);
  }

  @Test
  void aClientThatDoesNotAnswerIsClosedAfterTheTimeoutAndNotBefore() {
    clock.addAndGet(1_000);
    assertThat(rule.next()).isEqualTo(Action.PING);
    clock.addAndGet(299);
    assertThat(rule.next()).isEqualTo(Action.WAIT);
    assertThat(rule.waitNanos()).isEqualTo(1);
    clock.addAndGet(1);
    assertThat(rule.next()).isEqualTo(Action.CLOSE);
  }

  @Test
  void aClientThatAnswersIsPingedAgainAfterAnotherInterval() {
    for (int i = 0; i < 10; i++) {
      clock.addAndGet(1_000);
      assertThat(rule.next()).isEqualTo(Action.PING);
      clock.addAndGet(100);
      rule.received();
      clock.addAndGet(200);
      assertThat(rule.next()).isEqualTo(Action.WAIT);
      assertThat(rule.waitNanos()).isEqualTo(800);
      clock.addAndGet(-200);
    }
  }

  @Test
  void anIntervalShorterThanTheTimeoutIsRespected() {
    SilenceRule hasty = new SilenceRule(100, 300, clock::get);
    clock.addAndGet(100);
    assertThat(hasty.next()).isEqualTo(Action.PING);
    assertThat(hasty.waitNanos()).isEqualTo(100);
    hasty.received();
    clock.addAndGet(100);
    assertThat(hasty.next()).isEqualTo(Action.PING);
  }
}
