package io.quorate.vertx.health;

import io.quorate.command.Result.MemberStatus;
import org.jspecify.annotations.Nullable;

/** What is asked of a member that runs. Any thread. */
interface Judgement {

  /** What can be seen without asking anybody; null if nothing is wrong. */
  @Nullable String reason(MemberStatus status);

  /** Whether the read that follows needs a quorum. */
  boolean readsLinearizable();
}
