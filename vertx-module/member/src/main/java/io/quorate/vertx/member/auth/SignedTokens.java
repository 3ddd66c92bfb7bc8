package io.quorate.vertx.member.auth;

import io.vertx.core.Vertx;
import java.util.function.LongSupplier;

/** Makes tokens that are signed, of the kind that the option for tokens says. */
public interface SignedTokens {
  /**
   * @param vertx where signatures are made and checked, never on an event loop
   * @param option value of {@code --auth-token}; it begins with {@code jwt}
   * @param authRevision of the users and roles that are in force
   * @throws io.quorate.vertx.member.fault.ConfigurationException the option is not valid, or a key
   *     cannot be read
   */
  Tokens of(Vertx vertx, String option, LongSupplier authRevision);
}
