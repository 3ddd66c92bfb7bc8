package io.quorate.vertx.member.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.quorate.command.Bytes;
import io.quorate.command.Event;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.proto.rpc.KVGrpcClient;
import io.quorate.vertx.client.proto.rpc.LeaseGrpcClient;
import io.quorate.vertx.client.proto.rpc.LeaseKeepAliveRequest;
import io.quorate.vertx.client.proto.rpc.LeaseKeepAliveResponse;
import io.quorate.vertx.client.proto.rpc.PutRequest;
import io.quorate.vertx.client.proto.rpc.WatchCancelRequest;
import io.quorate.vertx.client.proto.rpc.WatchCreateRequest;
import io.quorate.vertx.client.proto.rpc.WatchGrpcClient;
import io.quorate.vertx.client.proto.rpc.WatchProgressRequest;
import io.quorate.vertx.client.proto.rpc.WatchRequest;
import io.quorate.vertx.client.proto.rpc.WatchResponse;
import io.quorate.vertx.member.http.EndpointOptions;
import io.vertx.grpc.common.GrpcStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init")
class StreamRpcsTest {
  private static final Map<String, String> HAS_LEADER = Map.of("hasleader", "true");
  private static final int MAX_REQUEST_BYTES = 10_000;
  private static final int FRAGMENT_BYTES = MAX_REQUEST_BYTES + 512 * 1024;

  private static TestRpc rpc;

  @BeforeAll
  static void start() {
    rpc = new TestRpc(EndpointOptions.of(RpcOptions.of(MAX_REQUEST_BYTES, 128, 60, 100)));
  }

  @AfterAll
  static void stop() {
    rpc.close();
  }

  @BeforeEach
  void healthy() {
    rpc.store.leader = FakeClient.MEMBER_ID;
    rpc.store.learner = false;
    rpc.store.holdRenewals = false;
    rpc.until("all earlier streams are closed", () -> rpc.store.channels().isEmpty());
  }

  @Test
  void createRequestsAreAnsweredInOrderAndBeforeEvents() {
    var watch = rpc.open(WatchGrpcClient.Watch);
    for (int i = 0; i < 100; i++) {
      watch.send(create("order"));
    }
    for (int i = 0; i < 100; i++) {
      WatchResponse created = watch.next();
      assertThat(created.getCreated()).isTrue();
      assertThat(created.getWatchId()).isEqualTo(i);
      assertThat(created.getHeader().getMemberId()).isEqualTo(FakeClient.MEMBER_ID);
    }
    long revision = put("order", "v");
    for (int i = 0; i < 100; i++) {
      WatchResponse events = watch.next();
      assertThat(events.getWatchId()).isEqualTo(i);
      assertThat(events.getHeader().getRevision()).isEqualTo(revision);
      assertThat(events.getEvents(0).getKv().getValue().toStringUtf8()).isEqualTo("v");
      assertThat(events.getEvents(0).hasPrevKv()).isFalse();
    }
    watch.cancel();
  }

  @Test
  void aRefusedWatchIsCreatedAndThenCanceledWithTheReason() {
    var watch = rpc.open(WatchGrpcClient.Watch);
    WatchRequest request =
        WatchRequest.newBuilder()
            .setCreateRequest(WatchCreateRequest.newBuilder().setKey(bytes("k")).setWatchId(7))
            .build();
    watch.send(request);
    watch.send(request);
    assertThat(watch.next().getWatchId()).isEqualTo(7);
    WatchResponse refused = watch.next();
    assertThat(refused.getCreated()).isTrue();
    assertThat(refused.getCanceled()).isTrue();
    assertThat(refused.getWatchId()).isEqualTo(-1);
    assertThat(refused.getCancelReason())
        .isEqualTo("mvcc: duplicate watch ID provided on the WatchStream");
    watch.cancel();
  }

  @Test
  void cancelAndProgressRequestsAreAnsweredAndEmptyOnesAreNot() {
    var watch = rpc.open(WatchGrpcClient.Watch);
    watch.send(create("k"));
    assertThat(watch.next().getCreated()).isTrue();
    watch.send(WatchRequest.getDefaultInstance());
    watch.send(
        WatchRequest.newBuilder()
            .setProgressRequest(WatchProgressRequest.getDefaultInstance())
            .build());
    WatchResponse progress = watch.next();
    assertThat(progress.getWatchId()).isEqualTo(-1);
    assertThat(progress.getEventsCount()).isZero();
    assertThat(progress.getHeader().getRevision()).isPositive();
    watch.send(
        WatchRequest.newBuilder()
            .setCancelRequest(WatchCancelRequest.newBuilder().setWatchId(0))
            .build());
    WatchResponse canceled = watch.next();
    assertThat(canceled.getCanceled()).isTrue();
    assertThat(canceled.getCreated()).isFalse();
    assertThat(canceled.getCancelReason()).isEmpty();
    watch.cancel();
  }

  @Test
  void aWatchFromACompactedRevisionGetsTheCompactRevisionAndNoHeaderRevision() {
    var watch = rpc.open(WatchGrpcClient.Watch);
    watch.send(WatchRequest.getDefaultInstance());
    FakeClient.Channel channel = channel();
    channel.send(new io.quorate.command.WatchResponse.Canceled(4, 0, 17));
    WatchResponse canceled = watch.next();
    assertThat(canceled.getWatchId()).isEqualTo(4);
    assertThat(canceled.getCompactRevision()).isEqualTo(17);
    assertThat(canceled.getCanceled()).isTrue();
    assertThat(canceled.getCancelReason()).isEmpty();
    assertThat(canceled.getHeader().getRevision()).isZero();
    watch.cancel();
  }

  @Test
  void watchersThatAskForItGetProgressNotifications() {
    var watch = rpc.open(WatchGrpcClient.Watch);
    watch.send(
        WatchRequest.newBuilder()
            .setCreateRequest(
                WatchCreateRequest.newBuilder().setKey(bytes("k")).setProgressNotify(true))
            .build());
    assertThat(watch.next().getCreated()).isTrue();
    WatchResponse progress = watch.next();
    assertThat(progress.getWatchId()).isZero();
    assertThat(progress.getEventsCount()).isZero();
    watch.cancel();
  }

  @Test
  void aHalfClosedWatchStreamStaysOpen() {
    var watch = rpc.open(WatchGrpcClient.Watch);
    watch.send(create("half"));
    watch.halfClose();
    assertThat(watch.next().getCreated()).isTrue();
    put("half", "v");
    assertThat(watch.next().getEventsCount()).isEqualTo(1);
    assertThat(watch.end).isNotDone();
    watch.cancel();
  }

  @Test
  void aCancelledCallClosesItsWatchChannelAndLaterEventsAreIgnored() {
    var watch = rpc.open(WatchGrpcClient.Watch);
    watch.send(create("late"));
    assertThat(watch.next().getCreated()).isTrue();
    FakeClient.Channel channel = channel();
    var other = rpc.open(WatchGrpcClient.Watch);
    other.send(create("late"));
    assertThat(other.next().getCreated()).isTrue();
    watch.cancel();
    put("late", "v");
    assertThat(other.next().getEventsCount()).isEqualTo(1);
    rpc.until("the channel is closed", () -> channel.closed);
    other.cancel();
  }

  @Test
  void largeResponsesAreFragmentedIfTheWatcherAcceptsFragments() {
    var watch = rpc.open(WatchGrpcClient.Watch);
    watch.send(WatchRequest.getDefaultInstance());
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 25; i++) {
      events.add(event("k" + i, new byte[100_000]));
    }
    events.add(event("huge", new byte[700_000]));
    events.add(event("last", new byte[1]));
    channel().send(new io.quorate.command.WatchResponse.Events(3, 99, events, true));
    List<String> keys = new ArrayList<>();
    int pieces = 0;
    WatchResponse piece;
    do {
      piece = watch.next();
      pieces++;
      assertThat(piece.getWatchId()).isEqualTo(3);
      assertThat(piece.getHeader().getRevision()).isEqualTo(99);
      if (piece.getEventsCount() > 1) {
        assertThat(piece.getSerializedSize()).isLessThan(FRAGMENT_BYTES);
      }
      piece.getEventsList().forEach(e -> keys.add(e.getKv().getKey().toStringUtf8()));
    } while (piece.getFragment());
    assertThat(pieces).isEqualTo(7); // five with five events each, the huge one, the last one
    assertThat(keys)
        .containsExactlyElementsOf(events.stream().map(e -> e.kv().key().utf8()).toList());

    channel().send(new io.quorate.command.WatchResponse.Events(3, 99, events, false));
    WatchResponse whole = watch.next();
    assertThat(whole.getEventsCount()).isEqualTo(events.size());
    assertThat(whole.getFragment()).isFalse();
    watch.cancel();
  }

  @Test
  void aStreamThatRequiresALeaderIsRefusedWithoutOneAndEndsWhenTheLeaderIsLost() {
    TestRpc.End noLeader = new TestRpc.End(GrpcStatus.UNAVAILABLE, "etcdserver: no leader");
    var patient = rpc.open(WatchGrpcClient.Watch);
    patient.send(create("k"));
    assertThat(patient.next().getCreated()).isTrue();
    var watch = rpc.open(WatchGrpcClient.Watch, HAS_LEADER);
    watch.send(create("k"));
    assertThat(watch.next().getCreated()).isTrue();
    rpc.store.leader = 0;
    assertThat(watch.end()).isEqualTo(noLeader);
    var refused = rpc.open(WatchGrpcClient.Watch, HAS_LEADER);
    refused.send(create("k"));
    assertThat(refused.end()).isEqualTo(noLeader);
    assertThat(patient.end).isNotDone();
    patient.cancel();
  }

  @Test
  void aLearnerRefusesStreams() {
    rpc.store.learner = true;
    var watch = rpc.open(WatchGrpcClient.Watch);
    watch.send(create("k"));
    assertThat(watch.end())
        .isEqualTo(
            new TestRpc.End(
                GrpcStatus.FAILED_PRECONDITION, "etcdserver: rpc not supported for learner"));
  }

  @Test
  void aStreamEndsAtItsDeadline() {
    var watch = rpc.open(WatchGrpcClient.Watch, Map.of("grpc-timeout", "100m"));
    watch.send(create("k"));
    assertThat(watch.next().getCreated()).isTrue();
    assertThat(watch.end())
        .isEqualTo(new TestRpc.End(GrpcStatus.DEADLINE_EXCEEDED, "context deadline exceeded"));
  }

  @Test
  void aWatchWhoseClientDoesNotReadIsPausedAndCatchesUpLater() {
    var watch = rpc.open(WatchGrpcClient.Watch);
    watch.send(create("slow"));
    assertThat(watch.next().getCreated()).isTrue();
    FakeClient.Channel channel = channel();
    watch.pauseReading();
    int sent = 0;
    while (!channel.paused && sent < 1_000) {
      channel.send(
          new io.quorate.command.WatchResponse.Events(
              0, 5, List.of(event("slow", new byte[100_000])), false));
      sent++;
      rpc.settle();
    }
    assertThat(channel.paused).isTrue();
    watch.resumeReading();
    for (int i = 0; i < sent; i++) {
      assertThat(watch.next().getEventsCount()).isEqualTo(1);
    }
    rpc.until("the channel flows again", () -> !channel.paused);
    watch.cancel();
  }

  @Test
  void renewalsAreAnsweredInRequestOrderEvenIfTheyCompleteInAnother() {
    rpc.store.holdRenewals = true;
    int first = rpc.store.renewals();
    var call = rpc.open(LeaseGrpcClient.LeaseKeepAlive);
    for (int id = 1; id <= 3; id++) {
      call.send(LeaseKeepAliveRequest.newBuilder().setID(id).build());
    }
    call.halfClose();
    rpc.until("three renewals", () -> rpc.store.renewals() == first + 3);
    rpc.store.answerRenewal(first + 2, 3);
    rpc.store.answerRenewal(first + 1, 2);
    assertThat(call.end).isNotDone();
    rpc.store.answerRenewal(first, 1);
    for (int id = 1; id <= 3; id++) {
      LeaseKeepAliveResponse answer = call.next();
      assertThat(answer.getID()).isEqualTo(id);
      assertThat(answer.getTTL()).isEqualTo(id);
      assertThat(answer.getHeader().getClusterId()).isEqualTo(FakeClient.CLUSTER_ID);
    }
    assertThat(call.end().status()).isEqualTo(GrpcStatus.OK);
  }

  @Test
  void renewingAnUnknownLeaseIsAnsweredWithATtlOfZero() {
    var call = rpc.open(LeaseGrpcClient.LeaseKeepAlive);
    call.send(LeaseKeepAliveRequest.newBuilder().setID(404).build());
    LeaseKeepAliveResponse answer = call.next();
    assertThat(answer.getID()).isEqualTo(404);
    assertThat(answer.getTTL()).isZero();
    call.halfClose();
    assertThat(call.end().status()).isEqualTo(GrpcStatus.OK);
  }

  @Test
  void moreRenewalsThanMayBePendingAreAllAnswered() {
    var call = rpc.open(LeaseGrpcClient.LeaseKeepAlive);
    rpc.store.holdRenewals = true;
    int first = rpc.store.renewals();
    for (int i = 0; i < 600; i++) {
      call.send(LeaseKeepAliveRequest.newBuilder().setID(i + 1).build());
    }
    for (int i = 0; i < 600; i++) {
      int index = first + i;
      rpc.until("renewal " + i, () -> rpc.store.renewals() > index);
      assertThat(rpc.store.renewals()).isLessThan(first + i + 300);
      rpc.store.answerRenewal(index, i + 1);
      assertThat(call.next().getID()).isEqualTo(i + 1);
    }
    call.halfClose();
    assertThat(call.end().status()).isEqualTo(GrpcStatus.OK);
  }

  private static FakeClient.Channel channel() {
    rpc.until("a channel is open", () -> !rpc.store.channels().isEmpty());
    return rpc.store.channels().get(0);
  }

  private static Event event(String key, byte[] value) {
    return new Event(
        Event.Type.PUT, new KeyValue(Bytes.utf8(key), Bytes.of(value), 5, 5, 1, 0), null);
  }

  private static long put(String key, String value) {
    return rpc.ask(
            KVGrpcClient.Put,
            PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes(value)).build())
        .getHeader()
        .getRevision();
  }

  private static WatchRequest create(String key) {
    return WatchRequest.newBuilder()
        .setCreateRequest(WatchCreateRequest.newBuilder().setKey(bytes(key)))
        .build();
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }
}
