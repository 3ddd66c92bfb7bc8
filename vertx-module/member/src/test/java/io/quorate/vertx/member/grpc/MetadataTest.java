package io.quorate.vertx.member.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.vertx.client.api.RpcException;
import io.vertx.core.MultiMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetadataTest {

  @ParameterizedTest
  @CsvSource({
    "1H, 3600000",
    "2M, 120000",
    "3S, 3000",
    "4m, 4",
    "5000u, 5",
    "1u, 1",
    "1n, 1",
    "0n, 0",
    "99999999H, 359999996400000"
  })
  void timeoutsAreConvertedToMillisRoundedUp(String header, long millis) {
    assertThat(Metadata.timeoutMillis(headers("grpc-timeout", header))).isEqualTo(millis);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "S", "5", "5x", "-5S", "123456789S", "1.5S"})
  void malformedTimeoutsAreRefused(String header) {
    assertThatThrownBy(() -> Metadata.timeoutMillis(headers("grpc-timeout", header)))
        .isInstanceOf(RpcException.class);
  }

  @Test
  void aMissingHeaderMeansNoTimeout() {
    assertThat(Metadata.timeoutMillis(MultiMap.caseInsensitiveMultiMap()))
        .isEqualTo(Metadata.NO_TIMEOUT);
  }

  @Test
  void onlyTheValueTrueRequiresALeader() {
    assertThat(Metadata.requiresLeader(headers("hasleader", "true"))).isTrue();
    assertThat(Metadata.requiresLeader(headers("hasleader", "1"))).isFalse();
    assertThat(Metadata.requiresLeader(MultiMap.caseInsensitiveMultiMap())).isFalse();
  }

  @Test
  void aClientApiVersionMustBeUtf8() {
    assertThatCode(() -> Metadata.checkClientApiVersion(headers("client-api-version", "3.5")))
        .doesNotThrowAnyException();
    assertThatCode(
            () -> Metadata.checkClientApiVersion(headers("client-api-version", "\u00c3\u00a4")))
        .doesNotThrowAnyException();
    assertThatThrownBy(
            () -> Metadata.checkClientApiVersion(headers("client-api-version", "\u00ff\u00fe")))
        .isInstanceOfSatisfying(
            EtcdException.class,
            e -> assertThat(e.error()).isEqualTo(EtcdError.INVALID_CLIENT_API_VERSION));
  }

  private static MultiMap headers(String name, String value) {
    return MultiMap.caseInsensitiveMultiMap().set(name, value);
  }
}
