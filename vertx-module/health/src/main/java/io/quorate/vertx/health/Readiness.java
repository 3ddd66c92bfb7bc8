package io.quorate.vertx.health;

import io.quorate.command.Command;
import io.quorate.command.Result;
import io.quorate.command.Result.MemberStatus;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The condition of etcd's {@code /readyz}, and of {@code /health} for alarms and the leader. */
record Readiness(Set<Command.AlarmType> tolerated) implements MemberCheck {

  Readiness {
    tolerated = Set.copyOf(tolerated);
  }

  @Override
  public @Nullable String reason(MemberStatus status) {
    for (Result.AlarmMember alarm : status.alarms()) {
      if (!tolerated.contains(alarm.type())) {
        return "alarm " + alarm.type() + " of member " + Long.toHexString(alarm.memberId());
      }
    }
    if (status.leader() == 0) {
      return "no leader";
    }
    if (!status.started()) {
      return "has not caught up with its log yet";
    }
    return status.isLearner() ? "is a learner" : null;
  }

  @Override
  public boolean readsLinearizable() {
    return true;
  }
}
