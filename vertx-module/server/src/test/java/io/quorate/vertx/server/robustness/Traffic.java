package io.quorate.vertx.server.robustness;

import io.quorate.command.EtcdError;
import io.quorate.command.Result;
import io.quorate.history.LeaseHistory.Renewed;
import io.quorate.history.Operation;
import io.quorate.vertx.server.robustness.Evidence.TimedRequest;
import io.quorate.vertx.server.robustness.RequestGenerator.Request;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Clients that each send one request after the other to one member, through the faulty network,
 * change to another member after a failure or at random, and record everything. On one event loop.
 */
final class Traffic {
  private static final int PATIENCE_MILLIS = 2_500;
  private static final int PAUSE_AFTER_FAILURE_MILLIS = 200;

  /**
   * After these errors a request may still take effect. NO_SPACE is not one of them as long as
   * nobody comes near the quota: a full disk is detected before the request is executed.
   */
  private static final Set<EtcdError> UNKNOWN =
      EnumSet.of(
          EtcdError.TIMEOUT,
          EtcdError.TIMEOUT_LEADER_FAIL,
          EtcdError.TIMEOUT_CONNECTION_LOST,
          EtcdError.TIMEOUT_WAIT_APPLIED,
          EtcdError.STOPPED,
          EtcdError.LEADER_CHANGED);

  private final class Client {
    final Map<String, GrpcConnection> connections = new HashMap<>();
    int number = nextNumber++;
    MemberEndpoints.Place place = members.get(random.nextInt(members.size()));

    GrpcConnection connection() {
      return connections.computeIfAbsent(
          place.name(), name -> new GrpcConnection(vertx, place.proxiedPort()));
    }

    void move() {
      place = members.get(random.nextInt(members.size()));
    }
  }

  private final Vertx vertx;
  private final MemberEndpoints members;
  private final StepClock clock;
  private final RequestGenerator requests;
  private final Random random;
  private final int clients;
  private final int meanPauseMillis;
  private final List<TimedRequest> timedRequests = new ArrayList<>();
  private final List<Renewed> renewed = new ArrayList<>();
  private final Map<String, Integer> failures = new TreeMap<>();
  private int nextNumber;
  private int underWay;
  private boolean stopping;

  Traffic(
      Vertx vertx,
      MemberEndpoints members,
      StepClock clock,
      RequestGenerator requests,
      Random random) {
    this.vertx = vertx;
    this.members = members;
    this.clock = clock;
    this.requests = requests;
    this.random = random;
    this.clients = 5 + random.nextInt(6);
    this.meanPauseMillis = 5 + random.nextInt(25);
  }

  void start() {
    for (int i = 0; i < clients; i++) {
      askLater(new Client());
    }
  }

  /** Starts no further requests; see {@link #isQuiet}. */
  void stop() {
    stopping = true;
  }

  /** Whether no request is running. */
  boolean isQuiet() {
    return stopping && underWay == 0;
  }

  private void askLater(Client client) {
    vertx.setTimer(
        1 + random.nextInt(2 * meanPauseMillis),
        id -> {
          if (!stopping) {
            if (random.nextInt(25) == 0) {
              client.move();
            }
            ask(client, requests.next()).onComplete(answered -> proceed(client, answered));
          }
        });
  }

  private void proceed(Client client, AsyncResult<?> answered) {
    if (answered.succeeded()
        || answered.cause() instanceof GrpcConnection.Refusal refusal
            && Wire.error(refusal.getMessage()) != null) {
      askLater(client);
      return;
    }
    client.number = nextNumber++; // the request of the former client may still take effect
    client.move();
    vertx.setTimer(PAUSE_AFTER_FAILURE_MILLIS, id -> askLater(client));
  }

  /** A new client puts a key that no other one writes; returns the revision. */
  Future<Long> putFresh(MemberEndpoints.Place place) {
    Client client = new Client();
    client.place = place;
    return ask(client, new Request.Write(requests.fresh()))
        .map(result -> Operation.revisionOf((Result) result));
  }

  private Future<?> ask(Client client, Request request) {
    MemberEndpoints.Place place = client.place;
    int number = client.number;
    int life = place.life();
    long step = clock.nextStep();
    long millis = clock.millis();
    underWay++;
    Future<?> answer = send(client.connection(), request);
    return answer
        .timeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
        .onComplete(
            answered -> {
              underWay--;
              if (answered.failed()) {
                failures.merge(String.valueOf(answered.cause().getMessage()), 1, Integer::sum);
              }
              long now = clock.millis();
              if (request instanceof Request.KeepAlive keepAlive) {
                if (answered.succeeded()) {
                  long ttlMillis = TimeUnit.SECONDS.toMillis((Long) answered.result());
                  renewed.add(new Renewed(keepAlive.lease(), ttlMillis, millis, now));
                }
                return;
              }
              boolean sure = life == place.life();
              String session = place.name() + "/" + life + (sure ? "" : "/" + step);
              Operation operation = operation(number, step, request, answered);
              timedRequests.add(new TimedRequest(operation, session, millis, now));
              requests.answered(operation.revision());
            });
  }

  private static Future<?> send(GrpcConnection connection, Request request) {
    if (request instanceof Request.Write write) {
      return Wire.command(connection, write.command());
    } else if (request instanceof Request.Read read) {
      return Wire.range(connection, read.range());
    }
    return Wire.keepAlive(connection, ((Request.KeepAlive) request).lease());
  }

  private Operation operation(int client, long step, Request request, AsyncResult<?> answered) {
    Operation.Outcome outcome = outcome(request, answered);
    long returned = outcome instanceof Operation.Unknown ? Operation.NEVER : clock.nextStep();
    return request instanceof Request.Read read
        ? Operation.read(client, step, returned, read.range(), outcome)
        : Operation.command(client, step, returned, ((Request.Write) request).command(), outcome);
  }

  private static Operation.Outcome outcome(Request request, AsyncResult<?> answered) {
    if (answered.succeeded()) {
      return new Operation.Succeeded((Result) answered.result());
    }
    Throwable failure = answered.cause();
    EtcdError error =
        failure instanceof GrpcConnection.Refusal ? Wire.error(failure.getMessage()) : null;
    if (error != null && !UNKNOWN.contains(error)) {
      return new Operation.Refused(error);
    }
    boolean noEffect = request instanceof Request.Read || GrpcConnection.isNotSent(failure);
    return noEffect ? new Operation.Refused(null) : new Operation.Unknown();
  }

  List<TimedRequest> timedRequests() {
    return List.copyOf(timedRequests);
  }

  List<Renewed> renewed() {
    return List.copyOf(renewed);
  }

  /** How often each failure occurred. */
  Map<String, Integer> failures() {
    return new TreeMap<>(failures);
  }

  @Override
  public String toString() {
    return clients + " clients that pause for " + meanPauseMillis + " ms";
  }
}
