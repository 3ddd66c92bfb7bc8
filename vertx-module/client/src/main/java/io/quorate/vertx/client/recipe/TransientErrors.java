package io.quorate.vertx.client.recipe;

import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.vertx.client.UnknownOutcomeException;
import io.quorate.vertx.client.UnreachableException;

/** Classifies failures. */
final class TransientErrors {
  static final long RETRY_MILLIS = 100;

  private TransientErrors() {}

  /**
   * True if the failure is temporary, so that a request that is safe to repeat should be repeated.
   */
  static boolean isTransient(Throwable failure) {
    if (failure instanceof EtcdException e) {
      return e.error().code() == EtcdError.Code.UNAVAILABLE
          || e.error() == EtcdError.TOO_MANY_REQUESTS
          || e.error() == EtcdError.PROPOSAL_DROPPED;
    }
    return failure instanceof UnknownOutcomeException || failure instanceof UnreachableException;
  }
}
