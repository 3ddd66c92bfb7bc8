package io.quorate.vertx.client.remote;

import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.Result.LeaseTime;
import io.quorate.vertx.client.StoreClosedException;
import io.quorate.vertx.client.proto.rpc.LeaseGrpcClient;
import io.quorate.vertx.client.proto.rpc.LeaseKeepAliveRequest;
import io.quorate.vertx.client.proto.rpc.LeaseKeepAliveResponse;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.internal.ContextInternal;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Renewals of all leases on one stream, answered in the order of the requests. If the stream is
 * lost, or its member does not answer in time, all open renewals are sent again to the next
 * endpoint: a renewal may be executed twice. On one context.
 */
final class KeepAlives {
  private static final long CHECK_MILLIS = 200;
  private static final int TIMEOUT_PARTS = 5;
  private static final long REOPEN_MILLIS = 50;

  private final Vertx vertx;
  private final ContextInternal home;
  private final Connections connections;
  private final Endpoints endpoints;
  private final Login login;
  private final long timeoutNanos;
  private @Nullable Stream stream;
  private long timer = -1;

  private static final class Renewal {
    final long id;
    final long endNanos;
    final Promise<LeaseTime> promise;

    Renewal(long id, long endNanos, Promise<LeaseTime> promise) {
      this.id = id;
      this.endNanos = endNanos;
      this.promise = promise;
    }
  }

  KeepAlives(
      Vertx vertx,
      ContextInternal home,
      Connections connections,
      Endpoints endpoints,
      Login login,
      RemoteOptions options) {
    this.vertx = vertx;
    this.home = home;
    this.connections = connections;
    this.endpoints = endpoints;
    this.login = login;
    this.timeoutNanos = TimeUnit.MILLISECONDS.toNanos(options.getRequestTimeoutMillis());
  }

  /** Any thread. */
  void renew(long id, Promise<LeaseTime> promise) {
    home.runOnContext(
        v -> {
          if (connections.isClosed()) {
            promise.fail(new StoreClosedException(null));
          } else {
            ask(new Renewal(id, System.nanoTime() + timeoutNanos, promise));
          }
        });
  }

  /** To be called after the connections were closed. Any thread. */
  void close() {
    home.runOnContext(
        v -> {
          Stream open = stream;
          if (open != null) {
            open.lost();
          }
          stopTimer();
        });
  }

  private void ask(Renewal renewal) {
    Stream open = stream;
    if (open != null) {
      open.send(renewal);
    } else {
      open = new Stream();
      stream = open;
      open.send(renewal);
      open.begin();
    }
    if (timer == -1) {
      timer = vertx.setPeriodic(CHECK_MILLIS, id -> check());
    }
  }

  private void check() {
    Stream open = stream;
    if (open == null || open.asked.isEmpty()) {
      stopTimer();
    } else if (System.nanoTime() - open.waitingSinceNanos > timeoutNanos / TIMEOUT_PARTS) {
      open.lost();
    }
  }

  private void stopTimer() {
    if (timer != -1) {
      vertx.cancelTimer(timer);
      timer = -1;
    }
  }

  private void askAgain(List<Renewal> renewals) {
    long now = System.nanoTime();
    for (Renewal renewal : renewals) {
      if (connections.isClosed()) {
        renewal.promise.fail(new StoreClosedException(null));
      } else if (now - renewal.endNanos >= 0) {
        renewal.promise.fail(EtcdError.TIMEOUT.exception());
      } else {
        ask(renewal);
      }
    }
  }

  /** One stream to one member, until it is lost. */
  private final class Stream {
    private final Endpoints.Endpoint endpoint = endpoints.current();
    private final Deque<Renewal> asked = new ArrayDeque<>();
    private @Nullable GrpcClientRequest<LeaseKeepAliveRequest, LeaseKeepAliveResponse> request;
    private @Nullable HttpConnection connection;
    private long waitingSinceNanos = System.nanoTime();
    private String token = Login.NO_TOKEN;
    private boolean over;

    void begin() {
      login.token(home, this::begin, this::notLoggedIn);
    }

    private void notLoggedIn(Throwable failure) {
      if (failure instanceof EtcdException) {
        refused(failure, asked.size());
      } else {
        lost();
      }
    }

    private void begin(String with) {
      token = with;
      if (over) {
        return;
      }
      connections
          .request(endpoint, LeaseGrpcClient.LeaseKeepAlive, with)
          .onFailure(failure -> lost())
          .onSuccess(this::opened);
    }

    private void opened(GrpcClientRequest<LeaseKeepAliveRequest, LeaseKeepAliveResponse> opened) {
      if (over) {
        opened.cancel();
        return;
      }
      request = opened;
      HttpConnection carrier = opened.connection();
      connection = carrier;
      connections.streamOpened(carrier);
      opened.headers().set("hasleader", "true");
      opened
          .response()
          .onFailure(failure -> lost())
          .onSuccess(
              answers -> {
                answers.handler(this::heard);
                answers.end().onComplete((end, failure) -> ended(answers, failure));
              });
      asked.forEach(this::write);
    }

    /** An error is the answer to the oldest of the renewals that have none. */
    private void ended(
        GrpcClientResponse<LeaseKeepAliveRequest, LeaseKeepAliveResponse> answers,
        @Nullable Throwable failure) {
      Failure why = failure == null ? null : Failure.of("renewal of a lease", answers, failure);
      if (why != null && why.error() != null && !login.isWorthAnother(why.error(), token)) {
        refused(why.cause(), 1);
      } else {
        lost();
      }
    }

    private void refused(Throwable cause, int oldest) {
      for (int i = 0; i < oldest && !over; i++) {
        Renewal renewal = asked.poll();
        if (renewal != null) {
          renewal.promise.tryFail(cause);
        }
      }
      lost();
    }

    void send(Renewal renewal) {
      if (asked.isEmpty()) {
        waitingSinceNanos = System.nanoTime();
      }
      asked.add(renewal);
      if (request != null) {
        write(renewal);
      }
    }

    private void write(Renewal renewal) {
      if (request != null) {
        request.write(LeaseKeepAliveRequest.newBuilder().setID(renewal.id).build());
      }
    }

    private void heard(LeaseKeepAliveResponse answer) {
      Renewal renewal = asked.poll();
      if (over) {
        return;
      }
      if (renewal == null || renewal.id != answer.getID()) {
        if (renewal != null) {
          asked.addFirst(renewal);
        }
        lost(); // out of order: it is unknown which renewal this answers
        return;
      }
      waitingSinceNanos = System.nanoTime();
      renewal.promise.tryComplete(
          new LeaseTime(
              answer.getHeader().getRevision(),
              renewal.id,
              answer.getTTL(),
              answer.getTTL(),
              List.of()));
    }

    void lost() {
      if (over) {
        return;
      }
      over = true;
      stream = null;
      endpoints.failed(endpoint);
      if (connection != null) {
        connections.streamClosed(connection);
      }
      if (request != null) {
        request.cancel();
      }
      List<Renewal> unanswered = new ArrayList<>(asked);
      asked.clear();
      if (connections.isClosed()) {
        askAgain(unanswered);
      } else if (!unanswered.isEmpty()) {
        home.setTimer(REOPEN_MILLIS, id -> askAgain(unanswered));
      }
    }
  }
}
