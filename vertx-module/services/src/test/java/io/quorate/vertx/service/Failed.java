package io.quorate.vertx.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.serviceproxy.ServiceException;

/** Asserts the failure of a call. */
final class Failed {
  private Failed() {}

  static void with(ServiceFailure expected, String message, Future<?> call) {
    Throwable failure = Served.failure(call);
    assertThat(failure).isInstanceOf(ServiceException.class).hasMessageContaining(message);
    assertThat(ServiceFailure.of(failure)).isEqualTo(expected);
    assertThat(((ServiceException) failure).getDebugInfo().getString("name"))
        .isEqualTo(expected.name());
    assertThat(((ServiceException) failure).getDebugInfo().getInteger("grpcCode"))
        .isEqualTo(expected.grpcCode());
  }

  /** Asserts a message that begins with the argument. */
  static void argument(String name, Future<?> call) {
    with(ServiceFailure.INVALID_ARGUMENT, name + ": ", call);
  }
}
