package io.quorate.vertx.member.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DowngradesTest {
  @Test
  void oneMinorVersionBelowIsTaken() {
    Downgrades.check("3.7.0", "3.6");
    Downgrades.check("3.7.0", "3.6.0");
    Downgrades.check("3.7.0", "3.6.12");
    assertThat(Downgrades.majorAndMinor("3.7.0")).isEqualTo("3.7");
  }

  @ParameterizedTest
  @CsvSource({
    "3.5, INVALID_DOWNGRADE_TARGET_VERSION",
    "3.7.0, INVALID_DOWNGRADE_TARGET_VERSION",
    "3.8.0, INVALID_DOWNGRADE_TARGET_VERSION",
    "2.6.0, INVALID_DOWNGRADE_TARGET_VERSION",
    "'', WRONG_DOWNGRADE_VERSION_FORMAT",
    "three, WRONG_DOWNGRADE_VERSION_FORMAT",
    "3, WRONG_DOWNGRADE_VERSION_FORMAT",
    "3.6.0.1, WRONG_DOWNGRADE_VERSION_FORMAT",
    "-3.6, WRONG_DOWNGRADE_VERSION_FORMAT",
    "99999999999.6, WRONG_DOWNGRADE_VERSION_FORMAT"
  })
  void othersAreRefusedAsInEtcd(String version, EtcdError error) {
    assertThatThrownBy(() -> Downgrades.check("3.7.0", version))
        .isInstanceOfSatisfying(EtcdException.class, e -> assertThat(e.error()).isEqualTo(error));
  }
}
