package io.quorate.vertx.member.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PingRuleTest {
  private final AtomicLong clock = new AtomicLong(-5);
  private final ConnectionGuard.PingRule rule =
      new ConnectionGuard.PingRule(seconds(5), clock::get);

  @Test
  void pingsFarEnoughApartAreAllowedWhileCallsAreOpen() {
    for (int i = 0; i < 100; i++) {
      assertThat(rule.ping(true)).isFalse();
      clock.addAndGet(seconds(10));
    }
  }

  @Test
  void theThirdEarlyPingIsTooMany() {
    assertThat(rule.ping(true)).isFalse();
    assertThat(rule.ping(true)).isFalse();
    assertThat(rule.ping(true)).isFalse();
    assertThat(rule.ping(true)).isTrue();
  }

  @Test
  void anAnswerResetsTheStrikes() {
    for (int i = 0; i < 100; i++) {
      assertThat(rule.ping(true)).isFalse();
      assertThat(rule.ping(true)).isFalse();
      rule.sent();
    }
  }

  @Test
  void withoutOpenCallsPingsMustBeTwoHoursApart() {
    assertThat(rule.ping(false)).isFalse();
    for (int i = 0; i < 2; i++) {
      clock.addAndGet(seconds(10));
      assertThat(rule.ping(false)).isFalse();
    }
    clock.addAndGet(seconds(7_201));
    assertThat(rule.ping(false)).isFalse();
    clock.addAndGet(seconds(7_199));
    assertThat(rule.ping(false)).isTrue();
  }

  private static long seconds(long seconds) {
    return seconds * 1_000_000_000;
  }
}
