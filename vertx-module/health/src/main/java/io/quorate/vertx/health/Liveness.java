package io.quorate.vertx.health;

import io.quorate.command.Result.MemberStatus;
import org.jspecify.annotations.Nullable;

/** The condition of etcd's {@code /livez}. */
record Liveness() implements MemberCheck {

  @Override
  public @Nullable String reason(MemberStatus status) {
    return null;
  }

  @Override
  public boolean readsLinearizable() {
    return false;
  }
}
