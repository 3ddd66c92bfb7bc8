package io.quorate.vertx.server.bench;

import com.google.protobuf.ByteString;
import io.quorate.vertx.client.proto.mvcc.Event;
import io.quorate.vertx.client.proto.mvcc.KeyValue;
import io.quorate.vertx.client.proto.rpc.LeaseGrantResponse;
import io.quorate.vertx.client.proto.rpc.LeaseKeepAliveResponse;
import io.quorate.vertx.client.proto.rpc.LeaseRevokeResponse;
import io.quorate.vertx.client.proto.rpc.PutRequest;
import io.quorate.vertx.client.proto.rpc.PutResponse;
import io.quorate.vertx.client.proto.rpc.RangeRequest;
import io.quorate.vertx.client.proto.rpc.RangeResponse;
import io.quorate.vertx.client.proto.rpc.RequestOp;
import io.quorate.vertx.client.proto.rpc.TxnRequest;
import io.quorate.vertx.client.proto.rpc.TxnResponse;
import io.quorate.vertx.client.proto.rpc.WatchResponse;
import io.quorate.vertx.testing.member.ServerMethods;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.streams.WriteStream;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** The part of etcd that the benchmark uses, on one event loop, with configurable faults. */
final class FakeEtcd implements AutoCloseable {
  private final Vertx vertx = Vertx.vertx();
  private final int port;
  private final List<Watcher> watchers = new ArrayList<>();

  final Queue<PutRequest> puts = new ConcurrentLinkedQueue<>();
  final Queue<RangeRequest> ranges = new ConcurrentLinkedQueue<>();
  final Queue<TxnRequest> txns = new ConcurrentLinkedQueue<>();
  final Queue<Long> renewals = new ConcurrentLinkedQueue<>();
  final Set<Long> leases = ConcurrentHashMap.newKeySet();
  final Set<Object> connections = ConcurrentHashMap.newKeySet();
  final AtomicInteger events = new AtomicInteger();
  private final AtomicLong ids = new AtomicLong(1);

  /** Every n-th put fails; 0 for none. */
  volatile int failEvery;

  /** Every n-th put is never answered; 0 for none. */
  volatile int ignoreEvery;

  /** Every n-th event is dropped; 0 for none. */
  volatile int loseEvery;

  private record Watcher(ByteString key, long id, WriteStream<WatchResponse> stream) {}

  FakeEtcd() throws Exception {
    GrpcServer grpc = GrpcServer.server(vertx);
    grpc.callHandler(
        ServerMethods.PUT,
        call -> call.handler(put -> put(call.connection(), put, call.response())));
    grpc.callHandler(
        ServerMethods.RANGE,
        call ->
            call.handler(
                range -> {
                  ranges.add(range);
                  call.response().end(RangeResponse.newBuilder().setCount(1).build());
                }));
    grpc.callHandler(
        ServerMethods.TXN,
        call ->
            call.handler(
                txn -> {
                  txns.add(txn);
                  call.response().end(TxnResponse.newBuilder().setSucceeded(true).build());
                }));
    grpc.callHandler(
        ServerMethods.WATCH,
        call ->
            call.handler(
                request -> {
                  long id = ids.getAndIncrement();
                  watchers.add(
                      new Watcher(request.getCreateRequest().getKey(), id, call.response()));
                  call.response()
                      .write(WatchResponse.newBuilder().setWatchId(id).setCreated(true).build());
                }));
    leaseCalls(grpc);
    port =
        vertx
            .createHttpServer(
                new HttpServerOptions()
                    .setInitialSettings(new Http2Settings().setMaxConcurrentStreams(100_000)))
            .requestHandler(grpc)
            .listen(0, "127.0.0.1")
            .toCompletionStage()
            .toCompletableFuture()
            .get(30, TimeUnit.SECONDS)
            .actualPort();
  }

  private void leaseCalls(GrpcServer grpc) {
    grpc.callHandler(
        ServerMethods.LEASE_GRANT,
        call ->
            call.handler(
                grant -> {
                  long id = ids.getAndIncrement();
                  leases.add(id);
                  call.response()
                      .end(
                          LeaseGrantResponse.newBuilder().setID(id).setTTL(grant.getTTL()).build());
                }));
    grpc.callHandler(
        ServerMethods.LEASE_REVOKE,
        call ->
            call.handler(
                revoke -> {
                  leases.remove(revoke.getID());
                  call.response().end(LeaseRevokeResponse.getDefaultInstance());
                }));
    grpc.callHandler(
        ServerMethods.LEASE_KEEP_ALIVE,
        call ->
            call.handler(
                renewal -> {
                  renewals.add(renewal.getID());
                  call.response()
                      .write(
                          LeaseKeepAliveResponse.newBuilder()
                              .setID(renewal.getID())
                              .setTTL(leases.contains(renewal.getID()) ? 60 : 0)
                              .build());
                }));
  }

  String endpoint() {
    return "127.0.0.1:" + port;
  }

  private void put(
      Object connection, PutRequest put, GrpcServerResponse<PutRequest, PutResponse> response) {
    connections.add(connection);
    puts.add(put);
    int number = puts.size();
    if (ignoreEvery > 0 && number % ignoreEvery == 0) {
      return;
    }
    if (failEvery > 0 && number % failEvery == 0) {
      response.status(GrpcStatus.UNAVAILABLE).statusMessage("etcdserver: no leader").end();
      return;
    }
    for (Watcher watcher : watchers) {
      boolean lost = loseEvery > 0 && events.incrementAndGet() % loseEvery == 0;
      if (watcher.key.equals(put.getKey()) && !lost) {
        watcher.stream.write(
            WatchResponse.newBuilder()
                .setWatchId(watcher.id)
                .addEvents(
                    Event.newBuilder()
                        .setKv(KeyValue.newBuilder().setKey(put.getKey()).setValue(put.getValue())))
                .build());
      }
    }
    response.end(PutResponse.getDefaultInstance());
  }

  static long putsIn(TxnRequest txn) {
    return txn.getSuccessList().stream().filter(RequestOp::hasRequestPut).count();
  }

  @Override
  public void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }
}
