package io.quorate.vertx.member.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FeatureGatesTest {
  @Test
  void gatesHaveTheirDefaultUnlessTheyAreSet() {
    FeatureGates gates = FeatureGates.parse("InitialCorruptCheck=true, FastLeaseKeepAlive = f,");
    assertThat(gates.isOn(FeatureGate.INITIAL_CORRUPT_CHECK)).isTrue();
    assertThat(gates.isOn(FeatureGate.FAST_LEASE_KEEP_ALIVE)).isFalse();
    assertThat(gates.isOn(FeatureGate.COMPACT_HASH_CHECK)).isFalse();
    assertThat(gates.isOn(FeatureGate.TXN_MODE_WRITE_WITH_SHARED_BUFFER)).isTrue();
    assertThat(FeatureGates.parse("")).isEqualTo(FeatureGates.DEFAULT);
    assertThat(FeatureGates.parse(gates.toString())).isEqualTo(gates).hasSameHashCodeAs(gates);
  }

  @Test
  void allGatesOfAStageAreSetExceptThoseWithAValueOfTheirOwn() {
    FeatureGates gates = FeatureGates.parse("CompactHashCheck=false,AllAlpha=true,AllBeta=false");
    assertThat(gates.isOn(FeatureGate.INITIAL_CORRUPT_CHECK)).isTrue();
    assertThat(gates.isOn(FeatureGate.COMPACT_HASH_CHECK)).isFalse();
    assertThat(gates.isOn(FeatureGate.FAST_LEASE_KEEP_ALIVE)).isFalse();
  }

  @Test
  void onlyAChangedGateIsReportedAsWithoutEffect() {
    assertThat(FeatureGates.parse("LeaseCheckpoint=true,PriorityRequest=false").withoutEffect())
        .isEqualTo(Map.of(FeatureGate.LEASE_CHECKPOINT, true));
  }

  @ParameterizedTest
  @CsvSource({
    "Nonsense=true, unrecognized feature gate Nonsense",
    "InitialCorruptCheck, has no value for InitialCorruptCheck",
    "InitialCorruptCheck=yes, must be true or false for InitialCorruptCheck"
  })
  void anUnknownGateOrValueIsRefused(String text, String why) {
    assertThatThrownBy(() -> FeatureGates.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }
}
