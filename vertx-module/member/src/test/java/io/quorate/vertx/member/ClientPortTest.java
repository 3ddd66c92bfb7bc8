package io.quorate.vertx.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.member.http.EndpointOptions;
import io.quorate.vertx.member.options.QuorateOptions;
import org.junit.jupiter.api.Test;

final class ClientPortTest {
  @Test
  void theKeepAliveOptionsSetWhenTheServerPings() {
    QuorateOptions options = new QuorateOptions();
    EndpointOptions defaults = ClientPort.endpointOptions(options);
    assertThat(defaults.grpcKeepaliveIntervalMillis()).isEqualTo(7_200_000);
    assertThat(defaults.grpcKeepaliveTimeoutMillis()).isEqualTo(20_000);

    options.setGrpcKeepaliveIntervalMillis(30_000).setGrpcKeepaliveTimeoutMillis(700);
    assertThat(ClientPort.endpointOptions(options).grpcKeepaliveIntervalMillis()).isEqualTo(30_000);
    assertThat(ClientPort.endpointOptions(options).grpcKeepaliveTimeoutMillis()).isEqualTo(700);

    options.setGrpcKeepaliveIntervalMillis(1);
    assertThat(ClientPort.endpointOptions(options).grpcKeepaliveIntervalMillis()).isEqualTo(1_000);

    options.setGrpcKeepaliveIntervalMillis(-1).setGrpcKeepaliveTimeoutMillis(-1);
    assertThat(ClientPort.endpointOptions(options).grpcKeepaliveIntervalMillis()).isZero();
    assertThat(ClientPort.endpointOptions(options).grpcKeepaliveTimeoutMillis()).isZero();
  }
}
