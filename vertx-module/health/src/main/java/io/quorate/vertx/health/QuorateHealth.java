package io.quorate.vertx.health;

import io.quorate.command.Command;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.member.QuorateServer;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.ext.healthchecks.Status;
import java.util.Set;

/**
 * Procedures for Vert.x's {@code HealthChecks.register}. The data of a failed check contains its
 * {@code reason}. Any thread; results come on a context of the client's or the given Vert.x.
 *
 * <p>Each procedure has its own time-out. It should be shorter than that of the registration, 1 s
 * by default: otherwise the result contains no reason.
 */
public final class QuorateHealth {
  /** Shorter than the default time-out of Vert.x for a procedure. */
  public static final long DEFAULT_TIMEOUT_MILLIS = 800;

  private QuorateHealth() {}

  /**
   * As {@link #client(QuorateClient, long)}, with a time-out of {@value #DEFAULT_TIMEOUT_MILLIS}
   * ms.
   */
  public static Handler<Promise<Status>> client(QuorateClient client) {
    return client(client, DEFAULT_TIMEOUT_MILLIS);
  }

  /** Healthy if the store answers a linearizable read in time, which needs a quorum. */
  public static Handler<Promise<Status>> client(QuorateClient client, long timeoutMillis) {
    return new ClientProcedure(client, timeoutMillis);
  }

  /**
   * Whether a member should keep running: it has not stopped, and a read from its own state
   * succeeds within {@value #DEFAULT_TIMEOUT_MILLIS} ms. A member without a quorum is healthy,
   * because restarting it would not help.
   *
   * @param vertx the application's
   */
  public static Handler<Promise<Status>> liveness(Vertx vertx, QuorateServer server) {
    return new MemberProcedure(vertx, server, new Liveness(), DEFAULT_TIMEOUT_MILLIS);
  }

  /**
   * As {@link #readiness(Vertx, QuorateServer, long, Set)}, with a time-out of {@value
   * #DEFAULT_TIMEOUT_MILLIS} ms and no alarm tolerated.
   */
  public static Handler<Promise<Status>> readiness(Vertx vertx, QuorateServer server) {
    return readiness(vertx, server, DEFAULT_TIMEOUT_MILLIS, Set.of());
  }

  /**
   * Whether a member should receive requests: it knows a leader, has caught up with its log, is not
   * a learner, no alarm is active, and it answers a linearizable read in time.
   *
   * @param vertx the application's
   * @param tolerated alarms that are ignored. {@code NOSPACE} is active on all members at once: if
   *     a deployment stops routing requests to members that are not ready, the deletes that would
   *     free space cannot reach them either
   */
  public static Handler<Promise<Status>> readiness(
      Vertx vertx, QuorateServer server, long timeoutMillis, Set<Command.AlarmType> tolerated) {
    return new MemberProcedure(vertx, server, new Readiness(tolerated), timeoutMillis);
  }
}
