package io.quorate.vertx.member.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WaitLimitTest {

  @Test
  void callsAndTheBytesOfTheirRequestsAreBounded() {
    WaitLimit limit = new WaitLimit(3, 100);
    assertThat(limit.begin(60)).isTrue();
    assertThat(limit.begin(41)).as("too many bytes").isFalse();
    assertThat(limit.begin(40)).isTrue();
    assertThat(limit.begin(0)).isTrue();
    assertThat(limit.begin(0)).as("too many calls").isFalse();
    limit.end(60);
    assertThat(limit.begin(60)).isTrue();
  }
}
