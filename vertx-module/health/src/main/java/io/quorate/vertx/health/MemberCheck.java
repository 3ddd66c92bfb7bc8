package io.quorate.vertx.health;

import io.quorate.command.Result.MemberStatus;
import org.jspecify.annotations.Nullable;

/** The condition that a running member must meet. Any thread. */
interface MemberCheck {

  /** The reason why the member fails the check, from its status alone; null if there is none. */
  @Nullable String reason(MemberStatus status);

  /** Whether the read that follows is linearizable and so needs a quorum. */
  boolean readsLinearizable();
}
