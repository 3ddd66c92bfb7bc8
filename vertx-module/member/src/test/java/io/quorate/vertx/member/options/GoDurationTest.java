package io.quorate.vertx.member.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoDurationTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0s, 0",
    "1ns, 1",
    "300ms, 300000000",
    "5s, 5000000000",
    "10m, 600000000000",
    "1h30m, 5400000000000",
    "1.5h, 5400000000000",
    ".5s, 500000000",
    "2us, 2000",
    "2\u00b5s, 2000",
    "-1s, -1000000000"
  })
  void isParsedLikeInGo(String text, long nanos) {
    assertThat(GoDuration.parseNanos(text)).isEqualTo(nanos);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "5", "s", "5 s", "5sec", "1d", "--5s", "5s!", "300000h99999999h"})
  void isRefused(String text) {
    assertThatThrownBy(() -> GoDuration.parseNanos(text))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aPositiveDurationIsNotRoundedToZero() {
    assertThat(GoDuration.parseMillis("1ns")).isEqualTo(1);
    assertThat(GoDuration.parseMillis("1500us")).isEqualTo(2);
    assertThat(GoDuration.parseMillis("2ms")).isEqualTo(2);
  }
}
