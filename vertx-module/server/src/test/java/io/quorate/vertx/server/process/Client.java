package io.quorate.vertx.server.process;

import com.google.protobuf.ByteString;
import io.quorate.vertx.client.proto.mvcc.Event;
import io.quorate.vertx.client.proto.mvcc.KeyValue;
import io.quorate.vertx.client.proto.rpc.AlarmMember;
import io.quorate.vertx.client.proto.rpc.AlarmRequest;
import io.quorate.vertx.client.proto.rpc.ClusterGrpcClient;
import io.quorate.vertx.client.proto.rpc.Compare;
import io.quorate.vertx.client.proto.rpc.HashKVRequest;
import io.quorate.vertx.client.proto.rpc.HashKVResponse;
import io.quorate.vertx.client.proto.rpc.KVGrpcClient;
import io.quorate.vertx.client.proto.rpc.MaintenanceGrpcClient;
import io.quorate.vertx.client.proto.rpc.Member;
import io.quorate.vertx.client.proto.rpc.MemberAddRequest;
import io.quorate.vertx.client.proto.rpc.MemberListRequest;
import io.quorate.vertx.client.proto.rpc.MemberRemoveRequest;
import io.quorate.vertx.client.proto.rpc.PutRequest;
import io.quorate.vertx.client.proto.rpc.PutResponse;
import io.quorate.vertx.client.proto.rpc.RangeRequest;
import io.quorate.vertx.client.proto.rpc.RangeResponse;
import io.quorate.vertx.client.proto.rpc.RequestOp;
import io.quorate.vertx.client.proto.rpc.StatusRequest;
import io.quorate.vertx.client.proto.rpc.StatusResponse;
import io.quorate.vertx.client.proto.rpc.TxnRequest;
import io.quorate.vertx.client.proto.rpc.TxnResponse;
import io.quorate.vertx.client.proto.rpc.WatchCreateRequest;
import io.quorate.vertx.client.proto.rpc.WatchGrpcClient;
import io.quorate.vertx.client.proto.rpc.WatchRequest;
import io.quorate.vertx.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * One connection to one member. Methods block the test's thread, except those that return a Future.
 */
public final class Client implements AutoCloseable {
  private static final long CALL_TIMEOUT_MILLIS = 10_000;
  private static final ByteString ZERO = ByteString.copyFrom(new byte[1]);

  private final Vertx vertx;
  private final GrpcClient grpc;
  private final KVGrpcClient kv;
  private final MaintenanceGrpcClient maintenance;
  private final ClusterGrpcClient cluster;
  private final SocketAddress address;

  Client(int port) {
    vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1));
    grpc =
        GrpcClient.client(
            vertx,
            new GrpcClientOptions().setMaxMessageSize(1L << 30),
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false)
                .setConnectTimeout(5_000));
    address = SocketAddress.inetSocketAddress(port, "127.0.0.1");
    kv = KVGrpcClient.create(grpc, address);
    maintenance = MaintenanceGrpcClient.create(grpc, address);
    cluster = ClusterGrpcClient.create(grpc, address);
  }

  Vertx vertx() {
    return vertx;
  }

  private static <T> Future<T> bounded(Future<T> future) {
    return future.timeout(CALL_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(90, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  Future<PutResponse> putLater(String key, String value) {
    return bounded(
        kv.put(
            PutRequest.newBuilder()
                .setKey(ByteString.copyFromUtf8(key))
                .setValue(ByteString.copyFromUtf8(value))
                .build()));
  }

  /** Returns the revision of the put. */
  long put(String key, String value) {
    return await(putLater(key, value)).getHeader().getRevision();
  }

  /** Repeats the put until it is acknowledged; for puts that may be executed twice. */
  long putUntilAcknowledged(String key, String value) {
    return Await.until("put of " + key, () -> put(key, value));
  }

  Future<RangeResponse> getLater(String key) {
    return bounded(
        kv.range(RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build()));
  }

  /** The pairs this member has, by a serializable read. */
  List<KeyValue> localRange(String prefix) {
    return await(
            bounded(
                kv.range(
                    RangeRequest.newBuilder()
                        .setKey(prefix.isEmpty() ? ZERO : ByteString.copyFromUtf8(prefix))
                        .setRangeEnd(prefixEnd(prefix))
                        .setSerializable(true)
                        .build())))
        .getKvsList();
  }

  long count(String prefix) {
    return await(
            bounded(
                kv.range(
                    RangeRequest.newBuilder()
                        .setKey(ByteString.copyFromUtf8(prefix))
                        .setRangeEnd(prefixEnd(prefix))
                        .setCountOnly(true)
                        .build())))
        .getCount();
  }

  /** Whether the key is attached to the lease, by a transaction that only compares. */
  boolean isOfLease(String key, long leaseId) {
    return await(
            bounded(
                kv.txn(
                    TxnRequest.newBuilder()
                        .addCompare(
                            Compare.newBuilder()
                                .setKey(ByteString.copyFromUtf8(key))
                                .setTarget(Compare.CompareTarget.LEASE)
                                .setLease(leaseId))
                        .build())))
        .getSucceeded();
  }

  RangeResponse countAll(boolean serializable) {
    return await(
        bounded(
            kv.range(
                RangeRequest.newBuilder()
                    .setKey(ZERO)
                    .setRangeEnd(ZERO)
                    .setCountOnly(true)
                    .setSerializable(serializable)
                    .build())));
  }

  public StatusResponse status() {
    return await(bounded(maintenance.status(StatusRequest.getDefaultInstance())));
  }

  public HashKVResponse hashKv(long revision) {
    return await(
        bounded(maintenance.hashKV(HashKVRequest.newBuilder().setRevision(revision).build())));
  }

  /** Ids of the members by their peer URL. */
  public Map<String, Long> memberIds() {
    return await(bounded(cluster.memberList(MemberListRequest.getDefaultInstance())))
        .getMembersList()
        .stream()
        .collect(Collectors.toMap(member -> member.getPeerURLs(0), Member::getID));
  }

  /** Removes all members but these. */
  void removeOthersThan(Set<String> names) {
    for (Member member :
        await(
                bounded(
                    cluster.memberList(
                        MemberListRequest.newBuilder().setLinearizable(true).build())))
            .getMembersList()) {
      if (!names.contains(member.getName())) {
        removeMember(member.getID());
      }
    }
  }

  public void removeMember(long id) {
    Object unused =
        await(bounded(cluster.memberRemove(MemberRemoveRequest.newBuilder().setID(id).build())));
  }

  public void addMember(String peerUrl) {
    Object unused =
        await(
            bounded(cluster.memberAdd(MemberAddRequest.newBuilder().addPeerURLs(peerUrl).build())));
  }

  /** Clears the alarms of all members; returns how many there were. */
  public Future<Integer> clearAlarmsLater() {
    return bounded(maintenance.alarm(AlarmRequest.getDefaultInstance()))
        .compose(
            raised -> {
              List<Future<?>> cleared = new ArrayList<>();
              raised.getAlarmsList().forEach(alarm -> cleared.add(clear(alarm)));
              return cleared.isEmpty()
                  ? Future.succeededFuture(0)
                  : Future.all(cleared).map(cleared.size());
            });
  }

  private Future<?> clear(AlarmMember alarm) {
    return bounded(
        maintenance.alarm(
            AlarmRequest.newBuilder()
                .setAction(AlarmRequest.AlarmAction.DEACTIVATE)
                .setMemberID(alarm.getMemberID())
                .setAlarm(alarm.getAlarm())
                .build()));
  }

  /** Like {@link #clearAlarmsLater}, but waits. */
  public int clearAlarms() {
    return await(clearAlarmsLater());
  }

  /**
   * Puts {@code count} keys, {@code perTxn} in a transaction, {@code atATime} transactions at once.
   */
  void load(String prefix, int count, int perTxn, int atATime) {
    Promise<Void> loaded = Promise.promise();
    int[] next = {0};
    int[] running = {0};
    Runnable[] more = new Runnable[1];
    more[0] =
        () -> {
          while (running[0] < atATime && next[0] < count) {
            TxnRequest.Builder txn = TxnRequest.newBuilder();
            for (int i = 0; i < perTxn && next[0] < count; i++) {
              ByteString key = ByteString.copyFromUtf8(String.format("%s%07d", prefix, next[0]++));
              txn.addSuccess(
                  RequestOp.newBuilder()
                      .setRequestPut(PutRequest.newBuilder().setKey(key).setValue(key)));
            }
            running[0]++;
            Future<TxnResponse> unused =
                bounded(kv.txn(txn.build()))
                    .onFailure(loaded::tryFail)
                    .onSuccess(
                        done -> {
                          running[0]--;
                          if (running[0] == 0 && next[0] >= count) {
                            loaded.tryComplete();
                          } else {
                            more[0].run();
                          }
                        });
          }
        };
    vertx.getOrCreateContext().runOnContext(start -> more[0].run());
    Void unused = await(loaded.future());
  }

  /** All events of keys with the prefix, up to the first at or above {@code lastRevision}. */
  List<Event> history(String prefix, long lastRevision) {
    List<Event> events = new ArrayList<>();
    Promise<List<Event>> whole = Promise.promise();
    WatchRequest create =
        WatchRequest.newBuilder()
            .setCreateRequest(
                WatchCreateRequest.newBuilder()
                    .setKey(ByteString.copyFromUtf8(prefix))
                    .setRangeEnd(prefixEnd(prefix))
                    .setStartRevision(1))
            .build();
    grpc.request(address, WatchGrpcClient.Watch)
        .compose(
            request -> {
              var response = request.response();
              return request
                  .write(create)
                  .compose(written -> response)
                  .onSuccess(
                      answers ->
                          answers.handler(
                              answer -> {
                                if (answer.getCanceled()) {
                                  whole.tryFail("cancelled: " + answer.getCancelReason());
                                }
                                events.addAll(answer.getEventsList());
                                if (!events.isEmpty()
                                    && events.get(events.size() - 1).getKv().getModRevision()
                                        >= lastRevision) {
                                  whole.tryComplete(events);
                                  Future<Void> unused = request.end();
                                }
                              }));
            })
        .onFailure(whole::tryFail);
    return await(bounded(whole.future()));
  }

  /** The smallest key above all keys with the prefix, which consists of letters. */
  private static ByteString prefixEnd(String prefix) {
    if (prefix.isEmpty()) {
      return ZERO;
    }
    int last = prefix.length() - 1;
    return ByteString.copyFromUtf8(prefix.substring(0, last) + (char) (prefix.charAt(last) + 1));
  }

  @Override
  public void close() {
    Void unused = await(grpc.close().eventually(vertx::close));
  }
}
