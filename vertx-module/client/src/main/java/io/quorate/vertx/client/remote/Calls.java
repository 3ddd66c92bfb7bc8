package io.quorate.vertx.client.remote;

import io.quorate.command.EtcdError;
import io.quorate.command.Request;
import io.quorate.vertx.client.StoreClosedException;
import io.quorate.vertx.client.UnknownOutcomeException;
import io.quorate.vertx.client.UnreachableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.ServiceMethod;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Requests with one response each. A request that may be executed twice (reads, and requests that
 * the store recognizes) is repeated after any failure; others are repeated only if they certainly
 * were not executed. The next attempt uses the next endpoint, until the request time-out.
 */
final class Calls {
  private static final long WAIT_MILLIS = 50;
  private static final int TIMEOUT_PARTS = 3;
  private static final long MIN_ATTEMPT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final Vertx vertx;
  private final Connections connections;
  private final Endpoints endpoints;
  private final Login login;
  private final long timeoutNanos;

  /**
   * @param login whose requests these are
   */
  Calls(
      Vertx vertx,
      Connections connections,
      Endpoints endpoints,
      Login login,
      RemoteOptions options) {
    this.vertx = vertx;
    this.login = login;
    this.connections = connections;
    this.endpoints = endpoints;
    this.timeoutNanos = TimeUnit.MILLISECONDS.toNanos(options.getRequestTimeoutMillis());
  }

  /** What changes nothing may be executed twice. Completes on the caller's context. */
  <Q, R> Future<R> ask(Request<?> request, ServiceMethod<R, Q> method, Q message) {
    return ask(request, method, message, !request.changes());
  }

  /**
   * As above.
   *
   * @param repeatable whether it may be executed twice
   */
  <Q, R> Future<R> ask(
      Request<?> request, ServiceMethod<R, Q> method, Q message, boolean repeatable) {
    return new Call<>(request.requestKind().toString(), method, message, repeatable).begin();
  }

  /** One request with all its attempts, on the caller's context. */
  private final class Call<Q, R> {
    private final String what;
    private final ServiceMethod<R, Q> method;
    private final Q message;
    private final boolean repeatable;
    private final ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
    private final Promise<R> promise = context.promise();
    private final long endNanos = System.nanoTime() + timeoutNanos;
    private int attempts;

    /** The most recent connection failure, if there was one. */
    private @Nullable UnreachableException unreachable;

    Call(String what, ServiceMethod<R, Q> method, Q message, boolean repeatable) {
      this.what = what;
      this.method = method;
      this.message = message;
      this.repeatable = repeatable;
    }

    Future<R> begin() {
      if (connections.isClosed()) {
        return context.failedFuture(new StoreClosedException(null));
      }
      if (context.isRunningOnContext()) {
        attempt();
      } else {
        context.runOnContext(v -> attempt());
      }
      return promise.future();
    }

    private void attempt() {
      attempts++;
      new Attempt().begin();
    }

    private void failed(Endpoints.Endpoint endpoint, Failure failure, String token) {
      boolean again =
          switch (failure.kind()) {
            case NOT_EXECUTED -> true;
            case OPEN -> repeatable;
            case ANSWERED -> login.isWorthAnother(failure.error(), token);
          };
      boolean wait = attempts % endpoints.size() == 0;
      long left = endNanos - System.nanoTime();
      if (!again
          || connections.isClosed()
          || left <= (wait ? TimeUnit.MILLISECONDS.toNanos(WAIT_MILLIS) : 0)) {
        promise.tryFail(told(endpoint, failure));
      } else if (wait) {
        context.setTimer(WAIT_MILLIS, id -> attempt());
      } else {
        attempt();
      }
    }

    private Throwable told(Endpoints.Endpoint endpoint, Failure failure) {
      if (failure.kind() == Failure.Kind.ANSWERED) {
        return failure.cause();
      }
      if (failure.kind() == Failure.Kind.OPEN && !repeatable) {
        return new UnknownOutcomeException(what, failure.cause());
      }
      if (connections.isClosed()) {
        return new StoreClosedException(failure.cause());
      }
      if (failure.kind() == Failure.Kind.OPEN) {
        return EtcdError.TIMEOUT.exception();
      }
      return failure.cause() instanceof UnreachableException told
          ? told
          : unreachable(endpoint, failure.cause());
    }

    private UnreachableException unreachable(Endpoints.Endpoint endpoint, Throwable cause) {
      return new UnreachableException(what, endpoint.toString(), cause);
    }

    /** One attempt at one endpoint. */
    private final class Attempt {
      private final Endpoints.Endpoint endpoint = endpoints.current();
      private @Nullable GrpcClientRequest<Q, R> request;
      private String token = Login.NO_TOKEN;
      private long timer;
      private boolean over;

      void begin() {
        long left = Math.max(1_000_000, endNanos - System.nanoTime());
        long part = Math.max(MIN_ATTEMPT_NANOS, timeoutNanos / TIMEOUT_PARTS);
        long bound = repeatable && endpoints.size() > 1 ? Math.min(left, part) : left;
        long millis = Math.max(1, TimeUnit.NANOSECONDS.toMillis(bound));
        timer = context.setTimer(millis, id -> late());
        login.token(context, issued -> connect(issued, millis), this::notLoggedIn);
      }

      private void notLoggedIn(Throwable failure) {
        if (failure instanceof UnreachableException) {
          noConnection(failure);
        } else if (!over) {
          over = true;
          vertx.cancelTimer(timer);
          promise.tryFail(failure);
        }
      }

      private void connect(String with, long millis) {
        if (over) {
          return;
        }
        token = with;
        connections
            .request(endpoint, method, with)
            .onFailure(this::noConnection)
            .onSuccess(made -> send(made, millis));
      }

      private void send(GrpcClientRequest<Q, R> made, long millis) {
        if (over) {
          made.cancel();
          return;
        }
        request = made;
        Future<GrpcClientResponse<Q, R>> response = made.response();
        made.timeout(millis, TimeUnit.MILLISECONDS);
        made.end(message);
        response.onComplete(
            (answer, broken) -> {
              if (broken != null || answer == null) {
                end(Failure.broken(broken == null ? new IllegalStateException(what) : broken));
                return;
              }
              answer
                  .last()
                  .onFailure(failure -> end(Failure.of(what, answer, failure)))
                  .onSuccess(this::answered);
            });
      }

      private void answered(R answer) {
        if (!over) {
          over = true;
          vertx.cancelTimer(timer);
          promise.tryComplete(answer);
        }
      }

      private void noConnection(Throwable cause) {
        if (!over) {
          UnreachableException told = unreachable(endpoint, cause);
          unreachable = told;
          end(Failure.notSent(told));
        }
      }

      private void late() {
        GrpcClientRequest<Q, R> sent = request;
        if (sent != null) {
          end(Failure.late());
          sent.cancel();
        } else if (unreachable != null) {
          end(Failure.notSent(unreachable));
        } else {
          noConnection(new IllegalStateException("no connection in time"));
        }
      }

      private void end(Failure failure) {
        if (!over) {
          over = true;
          vertx.cancelTimer(timer);
          if (failure.kind() != Failure.Kind.ANSWERED) {
            endpoints.failed(endpoint);
          }
          failed(endpoint, failure, token);
        }
      }
    }
  }
}
