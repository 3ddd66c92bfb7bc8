package io.quorate.vertx.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.EtcdError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServiceFailureTest {

  @Test
  void everyErrorOfEtcdHasOneCodeWithItsStatus() {
    for (EtcdError error : EtcdError.values()) {
      ServiceFailure failure = ServiceFailure.valueOf(error.name());
      assertThat(failure.code()).isBetween(1001, 1999);
      assertThat(failure.grpcCode()).as(error.name()).isEqualTo(error.code().number());
    }
    long below = Arrays.stream(ServiceFailure.values()).filter(f -> f.code() < 2000).count();
    assertThat(below).isEqualTo(EtcdError.values().length);
  }

  @Test
  void aCodeIsOfOneFailureOnly() {
    for (ServiceFailure failure : ServiceFailure.values()) {
      assertThat(ServiceFailure.ofCode(failure.code())).isEqualTo(failure);
    }
    assertThat(ServiceFailure.ofCode(-1)).isNull();
  }

  /** New failures are added at the end; existing ones never change. */
  @Test
  void codesAreWhatTheyWere() throws IOException {
    List<String> now =
        Arrays.stream(ServiceFailure.values()).map(f -> f.code() + " " + f.name()).toList();
    try (InputStream list = ServiceFailureTest.class.getResourceAsStream("/failure-codes.txt")) {
      assertThat(list).isNotNull();
      String golden = new String(list.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(golden.lines().toList()).containsExactlyInAnyOrderElementsOf(now);
    }
  }
}
