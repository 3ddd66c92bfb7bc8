package io.quorate.vertx.service;

import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import io.vertx.serviceproxy.ServiceException;

/**
 * What a caller is told. Failures cross the bus as code and message alone, by the codec that every
 * bus has; everything else follows from the code.
 */
final class CallFailures {
  private CallFailures() {}

  /**
   * @param repeatable whether it does no harm if the request was executed
   */
  static Throwable told(Throwable failure, boolean repeatable) {
    if (!(failure instanceof ReplyException reply)) {
      return failure;
    }
    switch (reply.failureType()) {
      case NO_HANDLERS -> {
        return exception(
            ServiceFailure.UNREACHABLE, "nobody serves: " + String.valueOf(reply.getMessage()));
      }
      case TIMEOUT -> {
        return exception(
            repeatable ? ServiceFailure.NO_ANSWER : ServiceFailure.UNKNOWN_OUTCOME,
            String.valueOf(reply.getMessage()));
      }
      default -> {
        ServiceFailure code = ServiceFailure.ofCode(reply.failureCode());
        return code == null ? failure : exception(code, String.valueOf(reply.getMessage()));
      }
    }
  }

  static ServiceException exception(ServiceFailure failure, String message) {
    return new ServiceException(
        failure.code(),
        message,
        new JsonObject().put("name", failure.name()).put("grpcCode", failure.grpcCode()));
  }
}
