package io.quorate.vertx.member.grpc;

import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Ends the streams that require a leader ({@code hasleader}) after {@value
 * #MAX_CHECKS_WITHOUT_LEADER} election timeouts without one, as etcd does. One timer for all of
 * these streams, which only runs while there are any. Used on one event loop only.
 */
final class LeaderWatch {
  private static final int MAX_CHECKS_WITHOUT_LEADER = 3;
  private static final long NONE = -1;

  private final Vertx vertx;
  private final BooleanSupplier hasLeader;
  private final long electionTimeoutMillis;
  private final Set<StreamCall<?>> calls = new LinkedHashSet<>();
  private int checksWithoutLeader;
  private long timer = NONE;

  LeaderWatch(Vertx vertx, BooleanSupplier hasLeader, long electionTimeoutMillis) {
    this.vertx = vertx;
    this.hasLeader = hasLeader;
    this.electionTimeoutMillis = electionTimeoutMillis;
  }

  void add(StreamCall<?> call) {
    calls.add(call);
    if (timer == NONE) {
      checksWithoutLeader = 0;
      timer = vertx.setPeriodic(electionTimeoutMillis, id -> check());
    }
  }

  void remove(StreamCall<?> call) {
    calls.remove(call);
  }

  void close() {
    if (timer != NONE) {
      vertx.cancelTimer(timer);
      timer = NONE;
    }
  }

  private void check() {
    if (calls.isEmpty()) {
      close();
      return;
    }
    checksWithoutLeader = hasLeader.getAsBoolean() ? 0 : checksWithoutLeader + 1;
    if (checksWithoutLeader >= MAX_CHECKS_WITHOUT_LEADER) {
      List<StreamCall<?>> cut = new ArrayList<>(calls);
      calls.clear();
      cut.forEach(StreamCall::leaderLost);
    }
  }
}
