package io.quorate.vertx.client.remote;

import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The token of a store's user. It is asked for when it is needed first, and again once a member
 * does not accept it any more: it has expired, the member has started again, or users or roles have
 * changed. However many requests need it, there is one login at a time. Any thread.
 */
final class Login {
  /** Stands for a cluster that does not ask who somebody is. */
  static final String NO_TOKEN = "";

  private static final Future<String> NO_USER = Future.succeededFuture(NO_TOKEN);

  private final @Nullable Supplier<Future<String>> authenticate;
  private @Nullable Future<String> current;

  /**
   * @param authenticate logs in; null for a store without a user
   */
  Login(@Nullable Supplier<Future<String>> authenticate) {
    this.authenticate = authenticate;
  }

  /**
   * Hands the token for the next request, or {@link #NO_TOKEN}, to one of the two: before this
   * returns if it is known, which is the usual case, else on {@code context} once it is. To be
   * called on {@code context}.
   */
  void token(Context context, Consumer<String> issued, Consumer<Throwable> failed) {
    Future<String> known = known();
    if (known.succeeded()) {
      issued.accept(known.result());
      return;
    }
    known.onComplete(
        (token, failure) ->
            context.runOnContext(
                v -> {
                  if (token != null) {
                    issued.accept(token);
                  } else {
                    failed.accept(failure);
                  }
                }));
  }

  private synchronized Future<String> known() {
    if (authenticate == null) {
      return NO_USER;
    }
    Future<String> known = current;
    if (known == null || known.failed()) {
      known = authenticate.get().recover(Login::noTokenIfOff);
      current = known;
    }
    return known;
  }

  private static Future<String> noTokenIfOff(Throwable failure) {
    return failure instanceof EtcdException e && e.error() == EtcdError.AUTH_NOT_ENABLED
        ? NO_USER
        : Future.failedFuture(failure);
  }

  /**
   * Whether a request that was refused may be allowed after another login, and if so forgets the
   * token that it came with.
   */
  boolean isWorthAnother(@Nullable EtcdError refusal, String token) {
    if (authenticate == null || !isAboutTokens(refusal)) {
      return false;
    }
    forget(token);
    return true;
  }

  private static boolean isAboutTokens(@Nullable EtcdError error) {
    return error == EtcdError.INVALID_AUTH_TOKEN
        || error == EtcdError.AUTH_OLD_REVISION
        || error == EtcdError.USER_EMPTY;
  }

  private synchronized void forget(String token) {
    Future<String> known = current;
    if (known != null && known.succeeded() && known.result().equals(token)) {
      current = null;
    }
  }
}
