package io.quorate.vertx.member.auth;

import io.quorate.auth.AuthState;
import io.quorate.command.Caller;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.User;
import io.quorate.node.Callback;
import io.quorate.node.QuorateNode;
import io.quorate.vertx.client.log.Logger;
import io.vertx.core.Future;
import io.vertx.core.Promise;

/**
 * How a member finds out who somebody is. Methods may be called on any thread and do not block;
 * futures complete on any thread.
 */
public final class Authentication {
  private static final Logger LOG = Logger.getLogger(Authentication.class);

  /** How often a password is checked again because users have changed meanwhile. */
  private static final int MAX_ATTEMPTS = 20;

  private final QuorateNode node;
  private final Passwords passwords;
  private final Tokens tokens;
  private final boolean byCertificate;

  /**
   * @param byCertificate whether the common name of a certificate is the name of a user, for
   *     requests without a token
   */
  public Authentication(
      QuorateNode node, Passwords passwords, Tokens tokens, boolean byCertificate) {
    this.node = node;
    this.passwords = passwords;
    this.tokens = tokens;
    this.byCertificate = byCertificate;
  }

  /**
   * Who asks, if callers are checked.
   *
   * @return fails with INVALID_AUTH_TOKEN, AUTH_OLD_REVISION
   */
  public Future<? extends Caller> callerOf(Credentials credentials) {
    if (credentials.token() != null) {
      return tokens.userOf(credentials.token());
    }
    Caller caller = Caller.NOBODY;
    if (byCertificate && credentials.certificate() instanceof Caller.Certificate certificate) {
      caller = new Caller.Certificate(certificate.commonName(), node.auth().revision());
    }
    return Future.succeededFuture(caller);
  }

  /**
   * A token for a user.
   *
   * @return fails with AUTH_NOT_ENABLED, AUTH_FAILED for an unknown user as for a wrong password,
   *     NO_PASSWORD_USER, TOO_MANY_REQUESTS
   */
  public Future<String> login(String user, String password) {
    return login(user, password, MAX_ATTEMPTS);
  }

  private Future<String> login(String name, String password, int attempts) {
    return catchUp(node)
        .compose(
            applied -> {
              AuthState auth = node.auth();
              if (!auth.isEnabled()) {
                throw EtcdError.AUTH_NOT_ENABLED.exception();
              }
              User user = auth.user(name);
              if (user == null) {
                throw EtcdError.AUTH_FAILED.exception();
              }
              if (user.noPassword()) {
                throw EtcdError.NO_PASSWORD_USER.exception();
              }
              Promise<Boolean> fits = Promise.promise();
              passwords.check(name, password, user.passwordHash(), callback(fits));
              return fits.future().compose(fit -> token(name, fit, auth));
            })
        .recover(
            failure ->
                attempts > 1 && isOld(failure)
                    ? login(name, password, attempts - 1)
                    : Future.failedFuture(failure));
  }

  private Future<String> token(String user, boolean passwordFits, AuthState checked) {
    if (!passwordFits) {
      LOG.warn("invalid authentication was requested: wrong password for user {}", user);
      return Future.failedFuture(EtcdError.AUTH_FAILED.exception());
    }
    return tokens.issue(user, checked.revision());
  }

  private static boolean isOld(Throwable failure) {
    return failure instanceof EtcdException e && e.error() == EtcdError.AUTH_OLD_REVISION;
  }

  /**
   * The hash of a password.
   *
   * @return fails with PASSWORD_TOO_LONG, TOO_MANY_REQUESTS
   */
  public Future<String> hash(String user, String password) {
    Promise<String> hashed = Promise.promise();
    passwords.hash(user, password, callback(hashed));
    return hashed.future();
  }

  static Future<Long> catchUp(QuorateNode node) {
    Promise<Long> applied = Promise.promise();
    node.readIndex(callback(applied));
    return applied.future();
  }

  static <T> Callback<T> callback(Promise<T> promise) {
    return new Callback<>() {
      @Override
      public void complete(T result) {
        promise.tryComplete(result);
      }

      @Override
      public void fail(EtcdError error) {
        promise.tryFail(error.exception());
      }
    };
  }
}
