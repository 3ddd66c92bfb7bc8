package io.quorate.vertx.support;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LeaseHoldTest {
  private static final long SECOND = 1_000_000_000;

  /** The clock may be anywhere, also where it overflows soon. */
  private static final long START = Long.MAX_VALUE - 2 * SECOND;

  private final LeaseHold hold = new LeaseHold(9, START);

  private static long at(double seconds) {
    return START + (long) (seconds * SECOND);
  }

  @Test
  void holdsFromTheTimeTheGrantWasSent() {
    assertThat(hold.holds(at(8.9))).isTrue();
    assertThat(hold.holds(at(9))).isFalse();
  }

  @Test
  void isRenewedAfterEachThirdAndHoldsFromTheTimeTheRenewalWasSent() {
    assertThat(hold.nanosToNextStep(at(1))).isEqualTo(2 * SECOND);
    assertThat(hold.isRenewalDue(at(2.9))).isFalse();
    assertThat(hold.isRenewalDue(at(3))).isTrue();
    assertThat(hold.beginRenewal(at(3))).isTrue();
    assertThat(hold.nanosToNextStep(at(3))).isEqualTo(3 * SECOND);
    assertThat(hold.renewed(9, at(3), at(5))).isTrue();
    assertThat(hold.holds(at(11.9))).isTrue();
    assertThat(hold.holds(at(12))).isFalse();
  }

  @Test
  void anOlderAnswerTakesNothingBack() {
    hold.beginRenewal(at(3));
    hold.beginRenewal(at(6));
    hold.renewed(9, at(6), at(7));
    hold.renewed(9, at(3), at(8));
    assertThat(hold.holds(at(14.9))).isTrue();
  }

  @Test
  void anAnswerAfterTheEndDoesNotReviveIt() {
    hold.beginRenewal(at(8));
    assertThat(hold.renewed(9, at(8), at(9))).isFalse();
    assertThat(hold.holds(at(9))).isFalse();
  }

  @Test
  void aFailedRenewalIsRepeatedSoon() {
    hold.beginRenewal(at(3));
    hold.renewalFailed(at(4));
    assertThat(hold.nanosToNextStep(at(4))).isEqualTo(SECOND / 2);
  }

  @Test
  void atMostFourRenewalsAreUnderWay() {
    for (int i = 0; i < 4; i++) {
      assertThat(hold.beginRenewal(at(3))).isTrue();
    }
    assertThat(hold.beginRenewal(at(3))).isFalse();
    hold.renewalFailed(at(3));
    assertThat(hold.beginRenewal(at(3))).isTrue();
  }

  @Test
  void withoutRenewalsTheNextStepIsTheEnd() {
    hold.stopRenewing();
    assertThat(hold.nanosToNextStep(at(1))).isEqualTo(8 * SECOND);
  }
}
