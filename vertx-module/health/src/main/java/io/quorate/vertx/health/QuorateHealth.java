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
 * Procedures for Vert.x's {@code HealthChecks.register}. What is not well is told in the data, as
 * {@code reason}. Any thread; answers come on a context of the client's or the given Vert.x.
 *
 * <p>Each has a time-out of its own, which should be below that of the registration, 1 s unless
 * set: otherwise nobody hears the reason.
 */
public final class QuorateHealth {
  /** Below the time that Vert.x gives a procedure. */
  public static final long DEFAULT_TIMEOUT_MILLIS = 800;

  private QuorateHealth() {}

  /** As {@link #client(QuorateClient, long)}, within {@value #DEFAULT_TIMEOUT_MILLIS} ms. */
  public static Handler<Promise<Status>> client(QuorateClient client) {
    return client(client, DEFAULT_TIMEOUT_MILLIS);
  }

  /** Well if the store answers a linearizable read in time, for which it needs a quorum. */
  public static Handler<Promise<Status>> client(QuorateClient client, long timeoutMillis) {
    return new ClientProcedure(client, timeoutMillis);
  }

  /**
   * Whether a member should go on running: it has not stopped, and reads from itself within {@value
   * #DEFAULT_TIMEOUT_MILLIS} ms. Without a quorum it is well: to start it anew would not help.
   *
   * @param vertx the application's
   */
  public static Handler<Promise<Status>> liveness(Vertx vertx, QuorateServer server) {
    return new MemberProcedure(vertx, server, new Liveness(), DEFAULT_TIMEOUT_MILLIS);
  }

  /**
   * As {@link #readiness(Vertx, QuorateServer, long, Set)}, within {@value #DEFAULT_TIMEOUT_MILLIS}
   * ms, with no alarm tolerated.
   */
  public static Handler<Promise<Status>> readiness(Vertx vertx, QuorateServer server) {
    return readiness(vertx, server, DEFAULT_TIMEOUT_MILLIS, Set.of());
  }

  /**
   * Whether a member should be sent requests: it knows a leader, has caught up with its log, is no
   * learner, no alarm is in force, and it answers a linearizable read in time.
   *
   * @param vertx the application's
   * @param tolerated alarms that do not count. {@code NOSPACE} is one of all members: a deployment
   *     that takes away all who are not ready takes away those who would delete something, too
   */
  public static Handler<Promise<Status>> readiness(
      Vertx vertx, QuorateServer server, long timeoutMillis, Set<Command.AlarmType> tolerated) {
    return new MemberProcedure(vertx, server, new Readiness(tolerated), timeoutMillis);
  }
}
