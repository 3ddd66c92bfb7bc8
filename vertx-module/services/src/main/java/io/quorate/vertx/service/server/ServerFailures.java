package io.quorate.vertx.service.server;

import io.quorate.command.EtcdException;
import io.quorate.vertx.client.RefusedException;
import io.quorate.vertx.client.StoreClosedException;
import io.quorate.vertx.client.UnknownOutcomeException;
import io.quorate.vertx.client.UnreachableException;
import io.quorate.vertx.client.UnsupportedByStoreException;
import io.quorate.vertx.client.WatchCompactedException;
import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.client.recipe.NotAcquiredException;
import io.quorate.vertx.service.ServiceFailure;
import io.vertx.core.Future;
import io.vertx.serviceproxy.ServiceException;
import java.util.function.Supplier;

/** Turns the failures of requests into failures for the bus. */
final class ServerFailures {
  private static final Logger LOG = Logger.getLogger(ServerFailures.class);

  private ServerFailures() {}

  /** Executes a request so that it fails with a {@link ServiceException} only. */
  static <T> Future<T> of(Supplier<Future<T>> request) {
    Future<T> answer;
    try {
      answer = request.get();
    } catch (RuntimeException e) {
      return Future.failedFuture(told(e));
    }
    return answer.recover(failure -> Future.failedFuture(told(failure)));
  }

  static ServiceException told(Throwable failure) {
    if (failure instanceof ServiceException told) {
      return told;
    }
    if (failure instanceof EtcdException e) {
      return exception(ServiceFailure.valueOf(e.error().name()), e.error().message());
    }
    ServiceFailure code = code(failure);
    if (code == ServiceFailure.INTERNAL) {
      LOG.error("a request failed by a fault of the service", failure);
    }
    return exception(code, String.valueOf(failure.getMessage()));
  }

  private static ServiceFailure code(Throwable failure) {
    if (failure instanceof UnknownOutcomeException) {
      return ServiceFailure.UNKNOWN_OUTCOME;
    } else if (failure instanceof UnreachableException) {
      return ServiceFailure.UNREACHABLE;
    } else if (failure instanceof StoreClosedException) {
      return ServiceFailure.CLOSED;
    } else if (failure instanceof UnsupportedByStoreException) {
      return ServiceFailure.UNSUPPORTED;
    } else if (failure instanceof RefusedException) {
      return ServiceFailure.REFUSED;
    } else if (failure instanceof NotAcquiredException) {
      return ServiceFailure.NOT_ACQUIRED;
    } else if (failure instanceof WatchCompactedException) {
      return ServiceFailure.COMPACTED;
    }
    return ServiceFailure.INTERNAL;
  }

  static ServiceException exception(ServiceFailure failure, String message) {
    return new ServiceException(failure.code(), message);
  }

  /**
   * @param argument its name
   * @param advice what it must be
   */
  static ServiceException wrong(String argument, String advice) {
    return exception(ServiceFailure.INVALID_ARGUMENT, argument + ": " + advice);
  }
}
