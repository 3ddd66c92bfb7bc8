package io.quorate.vertx.service;

import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import io.vertx.serviceproxy.ServiceException;

/**
 * The failure that a caller gets. Failures cross the event bus as code and message only, which
 * needs no special codec; everything else is derived from the code.
 */
final class CallFailures {
  private CallFailures() {}

  /**
   * @param repeatable whether repeating the request is harmless
   */
  static Throwable told(Throwable failure, boolean repeatable) {
    if (!(failure instanceof ReplyException reply)) {
      return failure;
    }
    switch (reply.failureType()) {
      case NO_HANDLERS -> {
        return exception(
            ServiceFailure.UNREACHABLE,
            "no service is registered: " + String.valueOf(reply.getMessage()));
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
