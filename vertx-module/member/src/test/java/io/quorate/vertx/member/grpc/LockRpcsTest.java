package io.quorate.vertx.member.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.KeyRange;
import io.quorate.command.WatchResponse;
import io.quorate.vertx.client.proto.election.CampaignRequest;
import io.quorate.vertx.client.proto.election.ElectionGrpcClient;
import io.quorate.vertx.client.proto.election.LeaderRequest;
import io.quorate.vertx.client.proto.lock.LockGrpcClient;
import io.quorate.vertx.client.proto.lock.LockRequest;
import io.quorate.vertx.client.proto.lock.LockResponse;
import io.quorate.vertx.client.proto.lock.UnlockRequest;
import io.quorate.vertx.member.http.EndpointOptions;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.common.GrpcStatus;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a member does in the lock and election services beyond what etcd does; the rest is in their
 * contract, which holds for both.
 */
class LockRpcsTest {
  private static final Map<String, String> HAS_LEADER = Map.of("hasleader", "true");
  private static final TestRpc.End NO_LEADER =
      new TestRpc.End(GrpcStatus.UNAVAILABLE, "etcdserver: no leader");
  private static final TestRpc.End EXPIRED =
      new TestRpc.End(GrpcStatus.UNKNOWN, "mutex: session is expired");

  /** More calls than those of one connection that may run at once. */
  private static final int MANY = 2_100;

  private static final int LARGE_BYTES = 1 << 20;

  @SuppressWarnings("NullAway.Init")
  private TestRpc rpc;

  @BeforeEach
  void start() {
    rpc = new TestRpc(EndpointOptions.of(RpcOptions.of(1_572_864, 128, 60, 600_000)));
    for (long lease = 1; lease <= 3; lease++) {
      grant(lease);
    }
  }

  @AfterEach
  void stop() {
    rpc.close();
  }

  // ---- however a waiting call ends, it leaves neither its key nor a watch

  @Test
  void aCallThatIsCancelledWhileItWaitsLeavesTheLine() {
    var unused = rpc.ask(LockGrpcClient.Lock, lock(1));
    waiting(2).cancel();
    untilOnly("line/1");
  }

  @Test
  void aCallThatIsCancelledWhileItsKeyIsBeingWrittenLeavesTheLine() {
    var unused = rpc.ask(LockGrpcClient.Lock, lock(1));
    Promise<Void> held = Promise.promise();
    rpc.store.heldTxns = held;
    waiting(2).cancel();
    rpc.until("the server knows", () -> !rpc.store.wanted.getAsBoolean());
    assertThat(rpc.store.keys()).containsExactly("line/1", "line/2");
    rpc.store.heldTxns = null;
    held.complete();
    untilOnly("line/1");
  }

  @Test
  void aHolderThatAsksAgainAndGivesUpKeepsTheLock() {
    var unused = rpc.ask(LockGrpcClient.Lock, lock(1));
    Promise<Void> held = Promise.promise();
    rpc.store.heldTxns = held;
    int before = rpc.store.txns.get();
    var again = rpc.start(LockGrpcClient.Lock, lock(1), Map.of());
    rpc.until("the transaction is executed", () -> rpc.store.txns.get() > before);
    again.cancel();
    rpc.until("the server knows", () -> !rpc.store.wanted.getAsBoolean());
    rpc.store.heldTxns = null;
    held.complete();
    // the next in line would get the lock if the key were deleted
    var next = waiting(2);
    assertThat(rpc.store.keys()).containsExactly("line/1", "line/2");
    assertThat(next.end).isNotDone();
    assertThat(next.messages).isEmpty();
  }

  @Test
  void aCallThatReachesItsDeadlineLeavesTheLine() {
    var unused = rpc.ask(LockGrpcClient.Lock, lock(1));
    assertThat(rpc.endOf(LockGrpcClient.Lock, lock(2), Map.of("grpc-timeout", "100m")))
        .isEqualTo(new TestRpc.End(GrpcStatus.DEADLINE_EXCEEDED, "context deadline exceeded"));
    untilOnly("line/1");
  }

  @Test
  void aCallWhoseConnectionIsLostLeavesTheLine() {
    var unused = rpc.ask(LockGrpcClient.Lock, lock(1));
    GrpcClient other =
        GrpcClient.client(rpc.vertx, new HttpClientOptions().setHttp2ClearTextUpgrade(false));
    SocketAddress address = SocketAddress.inetSocketAddress(rpc.port(), "127.0.0.1");
    var request = TestRpc.await(other.request(address, LockGrpcClient.Lock));
    var unusedEnd = request.end(lock(2));
    rpc.until("it is in the line", () -> rpc.store.keys().contains("line/2"));
    Void unusedClose = TestRpc.await(other.close());
    untilOnly("line/1");
  }

  @Test
  void aCallThatRequiresALeaderIsRefusedWithoutOneButGoesOnWaiting() {
    var unused = rpc.ask(LockGrpcClient.Lock, lock(1));
    var waiting = rpc.start(LockGrpcClient.Lock, lock(2), HAS_LEADER);
    rpc.until("it is in the line", () -> rpc.store.keys().contains("line/2"));
    var observer = rpc.start(ElectionGrpcClient.Observe, leader(), HAS_LEADER);
    rpc.store.leader = 0;
    assertThat(observer.end()).isEqualTo(NO_LEADER);
    assertThat(rpc.endOf(LockGrpcClient.Lock, lock(3), HAS_LEADER)).isEqualTo(NO_LEADER);
    assertThat(waiting.end).isNotDone();
    assertThat(rpc.store.keys()).contains("line/2");
  }

  @Test
  void aCallThatWaitsEndsWhenTheServerStops() {
    var unused = rpc.ask(LockGrpcClient.Lock, lock(1));
    var waiting = waiting(2);
    TestRpc.await(rpc.endpoint.close());
    assertThat(waiting.end())
        .isEqualTo(new TestRpc.End(GrpcStatus.UNAVAILABLE, "etcdserver: server stopped"));
    untilOnly("line/1");
  }

  @Test
  void aCallWhoseLeaseEndsWhileItWaitsFailsAtOnce() {
    var unused = rpc.ask(LockGrpcClient.Lock, lock(1));
    var waiting = waiting(2);
    var candidate = rpc.start(ElectionGrpcClient.Campaign, campaign(3), Map.of());
    rpc.until("it is in the line", () -> rpc.store.keys().contains("line/3"));
    TestRpc.await(rpc.store.leaseRevoke(2));
    assertThat(waiting.end()).isEqualTo(EXPIRED);
    TestRpc.await(rpc.store.leaseRevoke(3));
    assertThat(candidate.end())
        .isEqualTo(new TestRpc.End(GrpcStatus.UNKNOWN, "election: not leader"));
    untilOnly("line/1");
  }

  /** etcd would take the new key for the own one, and the lock would have two holders. */
  @Test
  void aNewKeyOfTheSameLeaseIsNotTakenForTheOneThatWaited() {
    var unused = rpc.ask(LockGrpcClient.Lock, lock(1));
    var waiting = waiting(2);
    Bytes key = Bytes.utf8("line/2");
    var unusedDelete = rpc.store.delete(new Command.DeleteRange(KeyRange.single(key), false));
    var unusedPut = rpc.store.put(Command.Put.of(key, Bytes.EMPTY).onLease(2));
    assertThat(waiting.end()).isEqualTo(EXPIRED);
    assertThat(rpc.store.keys()).containsExactly("line/1", "line/2");
  }

  @Test
  void aWatchThatMissedWhatIsCompactedIsReplaced() {
    var unused = rpc.ask(LockGrpcClient.Lock, lock(1));
    var waiting = waiting(2);
    rpc.until("a watch", () -> rpc.store.channels().size() == 1);
    FakeClient.Channel first = rpc.store.channels().get(0);
    first.send(new WatchResponse.Canceled(1, 0, 99));
    rpc.until("another watch", () -> first.closed && rpc.store.channels().size() == 1);
    var unusedUnlock = rpc.ask(LockGrpcClient.Unlock, unlock("line/1"));
    assertThat(waiting.next().getKey().toStringUtf8()).isEqualTo("line/2");
    untilOnly("line/2");
  }

  // ---- what waiting costs

  @Test
  void callsThatWaitDoNotHoldUpOtherCallsOfTheirConnection() {
    var unused = rpc.ask(LockGrpcClient.Lock, lock(1));
    var second = waiting(2);
    for (int i = 0; i < MANY; i++) {
      grant(1_000 + i);
      var unusedCall = rpc.start(LockGrpcClient.Lock, lock(1_000 + i), Map.of());
    }
    rpc.until("all are in the line", () -> rpc.store.keys().size() == 2 + MANY);
    var unusedUnlock = rpc.ask(LockGrpcClient.Unlock, unlock("line/1"));
    assertThat(second.next().getKey().toStringUtf8()).isEqualTo("line/2");
  }

  @Test
  void callsAboveTheBoundAreRefusedUntilOthersHaveEnded() {
    long mostBytes = EndpointOptions.defaults().rpc().answerBytes() / 4;
    var unused = rpc.ask(LockGrpcClient.Lock, large(1));
    var waiting = rpc.start(LockGrpcClient.Lock, large(2), Map.of());
    TestRpc.End end = null;
    for (long bytes = 0; end == null && bytes <= mostBytes; bytes += LARGE_BYTES) {
      end = endUnlessItWaits(100 + bytes);
    }
    assertThat(end)
        .isEqualTo(new TestRpc.End(GrpcStatus.UNKNOWN, EtcdError.TOO_MANY_REQUESTS.message()));
    int inLine = rpc.store.keys().size();
    waiting.cancel();
    rpc.until("one has left", () -> rpc.store.keys().size() < inLine);
    assertThat(endUnlessItWaits(99)).isNull();
  }

  /** The end of a call with a long name; null if it stands in the line. */
  private TestRpc.@Nullable End endUnlessItWaits(long lease) {
    grant(lease);
    int before = rpc.store.txns.get();
    var call = rpc.start(LockGrpcClient.Lock, large(lease), Map.of());
    rpc.until("an outcome", () -> call.end.isDone() || rpc.store.txns.get() > before);
    return call.end.isDone() ? call.end() : null;
  }

  private static LockRequest large(long lease) {
    ByteString name = ByteString.copyFrom(new byte[LARGE_BYTES]);
    return LockRequest.newBuilder().setName(name).setLease(lease).build();
  }

  // ---- errors

  @Test
  void allErrorsOfTheStoreHaveTheCodeUnknown() {
    rpc.store.failure = EtcdError.NO_SPACE.exception();
    TestRpc.End noSpace = new TestRpc.End(GrpcStatus.UNKNOWN, EtcdError.NO_SPACE.message());
    assertThat(rpc.endOf(LockGrpcClient.Lock, lock(1))).isEqualTo(noSpace);
    assertThat(rpc.endOf(ElectionGrpcClient.Campaign, campaign(1))).isEqualTo(noSpace);
    assertThat(rpc.endOf(ElectionGrpcClient.Leader, leader())).isEqualTo(noSpace);
    assertThat(rpc.endOf(ElectionGrpcClient.Observe, leader())).isEqualTo(noSpace);
  }

  @Test
  void aLearnerRefusesThemWithTheUsualCode() {
    rpc.store.learner = true;
    TestRpc.End refused =
        new TestRpc.End(
            GrpcStatus.FAILED_PRECONDITION, "etcdserver: rpc not supported for learner");
    assertThat(rpc.endOf(LockGrpcClient.Lock, lock(1))).isEqualTo(refused);
    assertThat(rpc.endOf(ElectionGrpcClient.Leader, leader())).isEqualTo(refused);
    assertThat(rpc.endOf(ElectionGrpcClient.Observe, leader())).isEqualTo(refused);
  }

  // ---- observers

  @Test
  void anObserverThatDoesNotReadIsPausedAndGetsTheRestLater() {
    var unused = rpc.ask(ElectionGrpcClient.Campaign, campaign(1));
    var observer = rpc.start(ElectionGrpcClient.Observe, leader(), Map.of());
    assertThat(observer.next().getKv().getValue().toStringUtf8()).isEqualTo("leader");
    FakeClient.Channel channel = rpc.store.channels().get(0);
    observer.pauseReading();
    int sent = 0;
    while (!channel.paused && sent < 1_000) {
      var unusedPut =
          rpc.store.put(Command.Put.of(Bytes.utf8("line/1"), Bytes.of(new byte[100_000])));
      sent++;
      rpc.settle();
    }
    assertThat(channel.paused).isTrue();
    observer.resumeReading();
    for (int i = 0; i < sent; i++) {
      assertThat(observer.next().getKv().getVersion()).isEqualTo(2 + i);
    }
    rpc.until("it flows again", () -> !channel.paused);
    observer.cancel();
    untilOnly("line/1");
  }

  @Test
  void anObserverThatRequiresALeaderEndsWhenTheLeaderIsLost() {
    var observer = rpc.start(ElectionGrpcClient.Observe, leader(), HAS_LEADER);
    rpc.until("a watch", () -> rpc.store.channels().size() == 1);
    rpc.store.leader = 0;
    assertThat(observer.end()).isEqualTo(NO_LEADER);
    untilOnly();
  }

  @Test
  void anObserverWhoseWatchMissedWhatIsCompactedGetsNoLeaderTwice() {
    var unused = rpc.ask(ElectionGrpcClient.Campaign, campaign(1));
    var observer = rpc.start(ElectionGrpcClient.Observe, leader(), Map.of());
    assertThat(observer.next().getKv().getVersion()).isEqualTo(1);
    FakeClient.Channel first = rpc.store.channels().get(0);
    first.send(new WatchResponse.Canceled(0, 0, 99));
    rpc.until("another watch", () -> first.closed && rpc.store.channels().size() == 1);
    var unusedPut = rpc.store.put(Command.Put.of(Bytes.utf8("line/1"), Bytes.utf8("new")));
    assertThat(observer.next().getKv().getVersion()).isEqualTo(2);
  }

  // ---- helpers

  private void grant(long lease) {
    TestRpc.await(rpc.store.leaseGrant(lease, 60));
  }

  /** A call whose key is in the line. */
  private TestRpc.Call<LockRequest, LockResponse> waiting(long lease) {
    var call = rpc.start(LockGrpcClient.Lock, lock(lease), Map.of());
    rpc.until("it is in the line", () -> rpc.store.keys().contains("line/" + lease));
    return call;
  }

  private void untilOnly(String... keys) {
    rpc.until(
        "the line is " + String.join(" ", keys) + " and no watch is open",
        () -> rpc.store.keys().equals(List.of(keys)) && rpc.store.channels().isEmpty());
  }

  private static LockRequest lock(long lease) {
    return LockRequest.newBuilder().setName(bytes("line")).setLease(lease).build();
  }

  private static UnlockRequest unlock(String key) {
    return UnlockRequest.newBuilder().setKey(bytes(key)).build();
  }

  private static CampaignRequest campaign(long lease) {
    return CampaignRequest.newBuilder()
        .setName(bytes("line"))
        .setLease(lease)
        .setValue(bytes("leader"))
        .build();
  }

  private static LeaderRequest leader() {
    return LeaderRequest.newBuilder().setName(bytes("line")).build();
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }
}
