package io.quorate.vertx.server.bench;

import io.quorate.vertx.client.proto.rpc.LeaseGrantRequest;
import io.quorate.vertx.client.proto.rpc.LeaseGrpcClient;
import io.quorate.vertx.client.proto.rpc.LeaseKeepAliveRequest;
import io.quorate.vertx.client.proto.rpc.LeaseKeepAliveResponse;
import io.quorate.vertx.client.proto.rpc.LeaseRevokeRequest;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.grpc.client.GrpcClientRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * Leases, and one stream for each client on which it renews its own leases in turn, one at a time.
 */
final class Renewing {
  private static final int CONCURRENT = 64;

  private final Vertx vertx;
  private final BenchOptions options;
  private final List<Connection> connections;
  private final AtomicLongArray leases;
  private final List<Stream> streams = new ArrayList<>();

  Renewing(Vertx vertx, BenchOptions options, List<Connection> connections) {
    this.vertx = vertx;
    this.options = options;
    this.connections = connections;
    this.leases = new AtomicLongArray(Math.max(options.leaseCount(), options.clients));
    for (int client = 0; client < options.clients; client++) {
      streams.add(new Stream(connections.get(client % connections.size())));
    }
  }

  /** Grants all leases; fails with the first failure. */
  Future<Void> grant() {
    return each(
        (connection, number) ->
            connection
                .unary(
                    LeaseGrpcClient.LeaseGrant,
                    LeaseGrantRequest.newBuilder().setTTL(options.leaseTtlSeconds).build())
                .map(
                    granted -> {
                      leases.set(number, granted.getID());
                      return null;
                    }));
  }

  /** Revokes all leases; fails with the first failure. */
  Future<Void> revoke() {
    return each(
        (connection, number) ->
            leases.get(number) == 0
                ? Future.succeededFuture()
                : connection
                    .unary(
                        LeaseGrpcClient.LeaseRevoke,
                        LeaseRevokeRequest.newBuilder().setID(leases.get(number)).build())
                    .mapEmpty());
  }

  RequestSender renew() {
    AtomicIntegerArray turns = new AtomicIntegerArray(options.clients);
    return (client, request) -> {
      int own = (leases.length() - client - 1) / options.clients + 1;
      int turn = turns.getAndUpdate(client, t -> (t + 1) % own);
      return streams.get(client).renew(leases.get(client + turn * options.clients));
    };
  }

  /** An action on the lease with this number. */
  private interface Step {
    Future<Void> run(Connection connection, int number);
  }

  private Future<Void> each(Step step) {
    List<Future<Void>> chains = new ArrayList<>();
    int chainCount = Math.min(CONCURRENT, leases.length());
    for (int first = 0; first < chainCount; first++) {
      Promise<Void> ended = Promise.promise();
      Connection connection = connections.get(first % connections.size());
      int start = first;
      connection.context().runOnContext(v -> chain(connection, start, chainCount, step, ended));
      chains.add(ended.future());
    }
    return Future.all(chains).mapEmpty();
  }

  private void chain(
      Connection connection, int number, int stride, Step step, Promise<Void> ended) {
    if (number >= leases.length()) {
      ended.tryComplete();
      return;
    }
    // The server has a time-out of its own; this one is the client's.
    long timer =
        vertx.setTimer(
            Math.max(1, options.timeoutNanos() / 1_000_000),
            t -> ended.tryFail(new RpcFailure("no answer within the time-out")));
    step.run(connection, number)
        .onComplete(
            result -> {
              vertx.cancelTimer(timer);
              if (result.failed()) {
                ended.tryFail(result.cause());
              } else if (!ended.future().isComplete()) {
                chain(connection, number + stride, stride, step, ended);
              }
            });
  }

  /**
   * One stream, used on the event loop of its connection. Answers come in the order of the
   * requests.
   */
  private static final class Stream {
    private final Connection connection;
    private final ArrayDeque<Promise<Void>> waiting = new ArrayDeque<>();
    private @Nullable Future<GrpcClientRequest<LeaseKeepAliveRequest, LeaseKeepAliveResponse>>
        request;

    Stream(Connection connection) {
      this.connection = connection;
    }

    Future<Void> renew(long lease) {
      Promise<Void> answer = Promise.promise();
      LeaseKeepAliveRequest message = LeaseKeepAliveRequest.newBuilder().setID(lease).build();
      opened()
          .onFailure(answer::tryFail)
          .onSuccess(
              stream -> {
                waiting.add(answer);
                stream.write(message).onFailure(this::failStream);
              });
      return answer.future();
    }

    private Future<GrpcClientRequest<LeaseKeepAliveRequest, LeaseKeepAliveResponse>> opened() {
      if (request == null || request.failed()) {
        request = connection.open(LeaseGrpcClient.LeaseKeepAlive).onSuccess(this::listen);
      }
      return request;
    }

    private void listen(GrpcClientRequest<LeaseKeepAliveRequest, LeaseKeepAliveResponse> opened) {
      opened.exceptionHandler(this::failStream);
      opened
          .response()
          .onFailure(this::failStream)
          .onSuccess(
              response ->
                  response
                      .exceptionHandler(this::failStream)
                      .endHandler(v -> failStream(new RpcFailure("the server ended the stream")))
                      .handler(this::received));
    }

    private void received(LeaseKeepAliveResponse response) {
      Promise<Void> answer = waiting.poll();
      if (answer == null) {
        return;
      }
      if (response.getTTL() > 0) {
        answer.tryComplete();
      } else {
        answer.tryFail(new RpcFailure("the lease is gone"));
      }
    }

    /** Closes the stream; the next renewal opens another one. */
    private void failStream(Throwable failure) {
      request = null;
      Promise<Void> answer;
      while ((answer = waiting.poll()) != null) {
        answer.tryFail(failure);
      }
    }
  }
}
