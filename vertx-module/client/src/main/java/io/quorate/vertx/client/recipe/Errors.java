package io.quorate.vertx.client.recipe;

import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.vertx.client.UnknownOutcomeException;
import io.quorate.vertx.client.UnreachableException;

/** Which failures pass. */
final class Errors {
  static final long RETRY_MILLIS = 100;

  private Errors() {}

  /** True if what is safe to repeat is worth repeating. */
  static boolean isTransient(Throwable failure) {
    if (failure instanceof EtcdException e) {
      return e.error().code() == EtcdError.Code.UNAVAILABLE
          || e.error() == EtcdError.TOO_MANY_REQUESTS
          || e.error() == EtcdError.PROPOSAL_DROPPED;
    }
    return failure instanceof UnknownOutcomeException || failure instanceof UnreachableException;
  }
}
