package io.quorate.vertx.member.grpc;

import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Ends the streams that asked for a leader ({@code hasleader}) once there was none for {@value
 * #PATIENCE} election timeouts in a row, as etcd does. One timer for all of them, which only runs
 * while there are any. One event loop only.
 */
final class LeaderWatch {
  private static final int PATIENCE = 3;
  private static final long NONE = -1;

  private final Vertx vertx;
  private final BooleanSupplier hasLeader;
  private final long electionTimeoutMillis;
  private final Set<StreamCall<?>> calls = new LinkedHashSet<>();
  private int leaderless;
  private long timer = NONE;

  LeaderWatch(Vertx vertx, BooleanSupplier hasLeader, long electionTimeoutMillis) {
    this.vertx = vertx;
    this.hasLeader = hasLeader;
    this.electionTimeoutMillis = electionTimeoutMillis;
  }

  void add(StreamCall<?> call) {
    calls.add(call);
    if (timer == NONE) {
      leaderless = 0;
      timer = vertx.setPeriodic(electionTimeoutMillis, id -> look());
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

  private void look() {
    if (calls.isEmpty()) {
      close();
      return;
    }
    leaderless = hasLeader.getAsBoolean() ? 0 : leaderless + 1;
    if (leaderless >= PATIENCE) {
      List<StreamCall<?>> cut = new ArrayList<>(calls);
      calls.clear();
      cut.forEach(StreamCall::leaderLost);
    }
  }
}
