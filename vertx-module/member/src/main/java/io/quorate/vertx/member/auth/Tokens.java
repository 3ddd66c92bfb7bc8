package io.quorate.vertx.member.auth;

import io.quorate.apply.Applied.TokenChange;
import io.quorate.command.Caller;
import io.vertx.core.Future;
import java.util.List;

/**
 * One kind of tokens: how they are issued and recognized. Methods may be called on any thread and
 * do not block; futures complete on any thread.
 */
public interface Tokens {
  /**
   * A token for a user whose password has been checked.
   *
   * @param authRevision of the users and roles that the password was checked against; fails with
   *     AUTH_OLD_REVISION if there are newer ones, and then the password has to be checked again
   */
  Future<String> issue(String user, long authRevision);

  /**
   * Whose token this is.
   *
   * @return fails with INVALID_AUTH_TOKEN if nobody's, or not any more, and with AUTH_OLD_REVISION
   *     if the user has to log in again since users or roles have changed
   */
  Future<Caller.User> userOf(String token);

  /**
   * All members have agreed on this; see {@link io.quorate.node.QuorateNode#onTokens}. Of interest
   * for tokens that are kept.
   */
  default void changed(List<TokenChange> changes) {}
}
