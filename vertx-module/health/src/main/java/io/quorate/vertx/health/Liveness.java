package io.quorate.vertx.health;

import io.quorate.command.Result.MemberStatus;
import org.jspecify.annotations.Nullable;

/** As etcd's {@code /livez}. */
record Liveness() implements Judgement {

  @Override
  public @Nullable String reason(MemberStatus status) {
    return null;
  }

  @Override
  public boolean readsLinearizable() {
    return false;
  }
}
