package io.quorate.vertx.member.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Result;
import io.quorate.vertx.client.proto.health.HealthCheckRequest;
import io.quorate.vertx.client.proto.health.HealthCheckResponse.ServingStatus;
import io.quorate.vertx.client.proto.health.HealthGrpcClient;
import io.quorate.vertx.client.proto.health.HealthListRequest;
import io.quorate.vertx.client.proto.rpc.AlarmMember;
import io.quorate.vertx.client.proto.rpc.AlarmRequest;
import io.quorate.vertx.client.proto.rpc.AlarmType;
import io.quorate.vertx.client.proto.rpc.ClusterGrpcClient;
import io.quorate.vertx.client.proto.rpc.CompactionRequest;
import io.quorate.vertx.client.proto.rpc.DefragmentRequest;
import io.quorate.vertx.client.proto.rpc.DefragmentResponse;
import io.quorate.vertx.client.proto.rpc.DeleteRangeRequest;
import io.quorate.vertx.client.proto.rpc.DeleteRangeResponse;
import io.quorate.vertx.client.proto.rpc.HashKVRequest;
import io.quorate.vertx.client.proto.rpc.HashKVResponse;
import io.quorate.vertx.client.proto.rpc.KVGrpcClient;
import io.quorate.vertx.client.proto.rpc.LeaseGrantRequest;
import io.quorate.vertx.client.proto.rpc.LeaseGrantResponse;
import io.quorate.vertx.client.proto.rpc.LeaseGrpcClient;
import io.quorate.vertx.client.proto.rpc.LeaseLeasesRequest;
import io.quorate.vertx.client.proto.rpc.LeaseRevokeRequest;
import io.quorate.vertx.client.proto.rpc.LeaseTimeToLiveRequest;
import io.quorate.vertx.client.proto.rpc.LeaseTimeToLiveResponse;
import io.quorate.vertx.client.proto.rpc.MaintenanceGrpcClient;
import io.quorate.vertx.client.proto.rpc.MemberAddRequest;
import io.quorate.vertx.client.proto.rpc.MemberAddResponse;
import io.quorate.vertx.client.proto.rpc.MemberListRequest;
import io.quorate.vertx.client.proto.rpc.MemberListResponse;
import io.quorate.vertx.client.proto.rpc.MemberRemoveRequest;
import io.quorate.vertx.client.proto.rpc.MoveLeaderRequest;
import io.quorate.vertx.client.proto.rpc.PutRequest;
import io.quorate.vertx.client.proto.rpc.PutResponse;
import io.quorate.vertx.client.proto.rpc.RangeRequest;
import io.quorate.vertx.client.proto.rpc.RangeResponse;
import io.quorate.vertx.client.proto.rpc.RequestOp;
import io.quorate.vertx.client.proto.rpc.ResponseHeader;
import io.quorate.vertx.client.proto.rpc.StatusRequest;
import io.quorate.vertx.client.proto.rpc.StatusResponse;
import io.quorate.vertx.client.proto.rpc.TxnRequest;
import io.quorate.vertx.client.proto.rpc.TxnResponse;
import io.quorate.vertx.member.http.EndpointOptions;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init")
class UnaryRpcsTest {
  private static final Map<String, String> HAS_LEADER = Map.of("hasleader", "true");

  private static TestRpc rpc;

  @BeforeAll
  static void start() {
    rpc = new TestRpc(EndpointOptions.defaults());
  }

  @AfterAll
  static void stop() {
    rpc.close();
  }

  @BeforeEach
  void healthy() {
    rpc.store.failure = null;
    rpc.store.leader = FakeClient.MEMBER_ID;
    rpc.store.learner = false;
    rpc.store.stuck = false;
    rpc.store.alarms = List.of();
  }

  /**
   * Vert.x turns an exception from a mapping into a failed future; an error must still be reported.
   */
  @Test
  void anErrorThatBecameAnAnswerReachesTheExceptionHandler() throws Exception {
    CompletableFuture<Throwable> seen = new CompletableFuture<>();
    rpc.vertx.exceptionHandler(seen::complete);
    try {
      rpc.store.failure = new IllegalStateException("one request failed");
      assertThat(rpc.endOf(KVGrpcClient.Put, put("k", "v")).status())
          .isEqualTo(GrpcStatus.INTERNAL);
      assertThat(seen).isNotDone();
      rpc.store.failure = new OutOfMemoryError("injected");
      assertThat(rpc.endOf(KVGrpcClient.Put, put("k", "v")).status())
          .isEqualTo(GrpcStatus.INTERNAL);
      assertThat(seen.get(20, TimeUnit.SECONDS)).isSameAs(rpc.store.failure);
    } finally {
      rpc.vertx.exceptionHandler(null);
    }
  }

  @Test
  void aPutIsReadBackWithTheHeaderOfTheAnsweringMember() {
    PutResponse first = rpc.ask(KVGrpcClient.Put, put("rw", "one"));
    PutResponse second =
        rpc.ask(KVGrpcClient.Put, put("rw", "two").toBuilder().setPrevKv(true).build());
    assertThat(first.hasPrevKv()).isFalse();
    assertThat(second.getPrevKv().getValue().toStringUtf8()).isEqualTo("one");
    assertThat(second.getHeader())
        .isEqualTo(
            ResponseHeader.newBuilder()
                .setClusterId(FakeClient.CLUSTER_ID)
                .setMemberId(FakeClient.MEMBER_ID)
                .setRaftTerm(3)
                .setRevision(first.getHeader().getRevision() + 1)
                .build());
    RangeResponse range = rpc.ask(KVGrpcClient.Range, range("rw"));
    assertThat(range.getCount()).isEqualTo(1);
    assertThat(range.getKvs(0).getValue().toStringUtf8()).isEqualTo("two");
    assertThat(range.getKvs(0).getVersion()).isEqualTo(2);
    assertThat(range.getKvs(0).getModRevision()).isEqualTo(second.getHeader().getRevision());
  }

  @Test
  void binaryKeysAndLargeValuesAreReturnedUnchanged() {
    byte[] value = new byte[1 << 20];
    for (int i = 0; i < value.length; i++) {
      value[i] = (byte) (i * 31);
    }
    ByteString key = ByteString.copyFrom(new byte[] {0, (byte) 0xff});
    rpc.ask(
        KVGrpcClient.Put,
        PutRequest.newBuilder().setKey(key).setValue(ByteString.copyFrom(value)).build());
    RangeResponse range =
        rpc.ask(KVGrpcClient.Range, RangeRequest.newBuilder().setKey(key).build());
    assertThat(range.getKvs(0).getKey()).isEqualTo(key);
    assertThat(range.getKvs(0).getValue().toByteArray()).isEqualTo(value);
  }

  @Test
  void transactionsAndDeletesAreAnswered() {
    TxnResponse txn =
        rpc.ask(
            KVGrpcClient.Txn,
            TxnRequest.newBuilder()
                .addSuccess(RequestOp.newBuilder().setRequestPut(put("txn", "v")))
                .addSuccess(RequestOp.newBuilder().setRequestRange(range("txn")))
                .build());
    assertThat(txn.getSucceeded()).isTrue();
    assertThat(txn.getResponses(1).getResponseRange().getKvs(0).getValue().toStringUtf8())
        .isEqualTo("v");
    assertThat(txn.getHeader().getMemberId()).isEqualTo(FakeClient.MEMBER_ID);
    DeleteRangeResponse deleted =
        rpc.ask(
            KVGrpcClient.DeleteRange,
            DeleteRangeRequest.newBuilder().setKey(bytes("txn")).setPrevKv(true).build());
    assertThat(deleted.getDeleted()).isEqualTo(1);
    assertThat(deleted.getPrevKvs(0).getKey().toStringUtf8()).isEqualTo("txn");
  }

  @Test
  void everyEtcdErrorIsReturnedWithItsCodeAndText() {
    for (EtcdError error : EtcdError.values()) {
      rpc.store.failure = error.exception();
      assertThat(rpc.endOf(KVGrpcClient.Put, put("k", "v")))
          .isEqualTo(new TestRpc.End(GrpcStatus.valueOf(error.code().number()), error.message()));
    }
  }

  @Test
  void otherFailuresAreInternalErrorsWithoutClassNames() {
    rpc.store.failure = new IllegalStateException("a broken invariant");
    TestRpc.End end = rpc.endOf(KVGrpcClient.Put, put("k", "v"));
    assertThat(end.status()).isEqualTo(GrpcStatus.INTERNAL);
    assertThat(end.message()).isEqualTo("quorate: internal error; the log of this member has it");
  }

  @Test
  void aTransactionWithAnEmptyOperationIsRefused() {
    TestRpc.End end =
        rpc.endOf(
            KVGrpcClient.Txn,
            TxnRequest.newBuilder().addSuccess(RequestOp.getDefaultInstance()).build());
    assertThat(end)
        .isEqualTo(new TestRpc.End(GrpcStatus.INVALID_ARGUMENT, "etcdserver: key not found"));
  }

  @Test
  void aCallThatRequiresALeaderIsRefusedAtOnceWithoutOne() {
    rpc.store.leader = 0;
    TestRpc.End noLeader = new TestRpc.End(GrpcStatus.UNAVAILABLE, "etcdserver: no leader");
    assertThat(rpc.endOf(KVGrpcClient.Range, range("k"), HAS_LEADER)).isEqualTo(noLeader);
    assertThat(rpc.endOf(KVGrpcClient.Range, range("k")).status()).isEqualTo(GrpcStatus.OK);
  }

  @Test
  void aLearnerAnswersSerializableRangesAndStatusOnly() {
    rpc.store.learner = true;
    TestRpc.End refused =
        new TestRpc.End(
            GrpcStatus.FAILED_PRECONDITION, "etcdserver: rpc not supported for learner");
    assertThat(rpc.endOf(KVGrpcClient.Range, range("k"))).isEqualTo(refused);
    assertThat(rpc.endOf(KVGrpcClient.Put, put("k", "v"))).isEqualTo(refused);
    assertThat(rpc.endOf(HealthGrpcClient.Check, HealthCheckRequest.getDefaultInstance()))
        .isEqualTo(refused);
    assertThat(
            rpc.endOf(KVGrpcClient.Range, range("k").toBuilder().setSerializable(true).build())
                .status())
        .isEqualTo(GrpcStatus.OK);
    assertThat(
            rpc.ask(MaintenanceGrpcClient.Status, StatusRequest.getDefaultInstance())
                .getIsLearner())
        .isTrue();
  }

  @Test
  void aPassedDeadlineIsAnsweredAndTheLateResultIsIgnored() {
    rpc.store.stuck = true;
    TestRpc.End end = rpc.endOf(KVGrpcClient.Put, put("k", "v"), Map.of("grpc-timeout", "30m"));
    assertThat(end)
        .isEqualTo(new TestRpc.End(GrpcStatus.DEADLINE_EXCEEDED, "context deadline exceeded"));
    assertThat(rpc.endOf(KVGrpcClient.Put, put("k", "v"), Map.of("grpc-timeout", "0n")).status())
        .isEqualTo(GrpcStatus.DEADLINE_EXCEEDED);
  }

  @Test
  void aMessageAboveTheLimitIsRefusedWithItsSize() {
    PutRequest request =
        PutRequest.newBuilder()
            .setKey(bytes("k"))
            .setValue(ByteString.copyFrom(new byte[3 << 20]))
            .build();
    assertThat(rpc.endOf(KVGrpcClient.Put, request))
        .isEqualTo(
            new TestRpc.End(
                GrpcStatus.RESOURCE_EXHAUSTED,
                "grpc: received message larger than max ("
                    + request.getSerializedSize()
                    + " vs. 2097152)"));
  }

  @Test
  void unknownServicesAndMethodsAreUnimplemented() {
    ServiceMethod<StatusResponse, StatusRequest> method =
        ServiceMethod.client(
            ServiceName.create("etcdserverpb.Maintenance"),
            "Nothing",
            GrpcMessageEncoder.encoder(),
            GrpcMessageDecoder.decoder(StatusResponse.getDefaultInstance()));
    assertThat(rpc.endOf(method, StatusRequest.getDefaultInstance()))
        .isEqualTo(
            new TestRpc.End(
                GrpcStatus.UNIMPLEMENTED,
                "unknown method Nothing for service etcdserverpb.Maintenance"));
    ServiceMethod<StatusResponse, StatusRequest> unknown =
        ServiceMethod.client(
            ServiceName.create("etcdserverpb.Nothing"),
            "Status",
            GrpcMessageEncoder.encoder(),
            GrpcMessageDecoder.decoder(StatusResponse.getDefaultInstance()));
    assertThat(rpc.endOf(unknown, StatusRequest.getDefaultInstance()))
        .isEqualTo(
            new TestRpc.End(GrpcStatus.UNIMPLEMENTED, "unknown service etcdserverpb.Nothing"));
  }

  @Test
  void leasesAreGrantedListedQueriedAndRevoked() {
    LeaseGrantResponse granted =
        rpc.ask(LeaseGrpcClient.LeaseGrant, LeaseGrantRequest.newBuilder().setTTL(1).build());
    assertThat(granted.getTTL()).isEqualTo(2);
    long id = granted.getID();
    rpc.ask(KVGrpcClient.Put, put("leased", "v").toBuilder().setLease(id).build());
    LeaseTimeToLiveResponse time =
        rpc.ask(
            LeaseGrpcClient.LeaseTimeToLive,
            LeaseTimeToLiveRequest.newBuilder().setID(id).setKeys(true).build());
    assertThat(time.getGrantedTTL()).isEqualTo(2);
    assertThat(time.getTTL()).isEqualTo(1);
    assertThat(time.getKeysList()).containsExactly(bytes("leased"));
    assertThat(
            rpc.ask(LeaseGrpcClient.LeaseLeases, LeaseLeasesRequest.getDefaultInstance())
                .getLeasesList())
        .extracting(lease -> lease.getID())
        .contains(id);
    LeaseRevokeRequest revoke = LeaseRevokeRequest.newBuilder().setID(id).build();
    assertThat(rpc.ask(LeaseGrpcClient.LeaseRevoke, revoke).getHeader().getRevision())
        .isGreaterThan(granted.getHeader().getRevision());
    assertThat(rpc.endOf(LeaseGrpcClient.LeaseRevoke, revoke).status())
        .isEqualTo(GrpcStatus.NOT_FOUND);
    assertThat(
            rpc.ask(
                    LeaseGrpcClient.LeaseTimeToLive,
                    LeaseTimeToLiveRequest.newBuilder().setID(id).build())
                .getTTL())
        .isEqualTo(-1);
  }

  @Test
  void memberRequestsAreAnsweredWithoutARevision() {
    MemberAddResponse added =
        rpc.ask(
            ClusterGrpcClient.MemberAdd,
            MemberAddRequest.newBuilder().addPeerURLs("http://n:2380").setIsLearner(true).build());
    assertThat(added.getMember().getPeerURLsList()).containsExactly("http://n:2380");
    assertThat(added.getMember().getIsLearner()).isTrue();
    MemberListResponse list =
        rpc.ask(ClusterGrpcClient.MemberList, MemberListRequest.getDefaultInstance());
    assertThat(list.getHeader().getRevision()).isZero();
    assertThat(list.getHeader().getClusterId()).isEqualTo(FakeClient.CLUSTER_ID);
    assertThat(list.getMembersList()).contains(added.getMember());
    MemberRemoveRequest remove =
        MemberRemoveRequest.newBuilder().setID(added.getMember().getID()).build();
    assertThat(rpc.ask(ClusterGrpcClient.MemberRemove, remove).getMembersList())
        .doesNotContain(added.getMember());
    assertThat(rpc.endOf(ClusterGrpcClient.MemberRemove, remove))
        .isEqualTo(new TestRpc.End(GrpcStatus.NOT_FOUND, "etcdserver: member not found"));
  }

  @Test
  void statusContainsVersionsAndErrors() {
    rpc.store.leader = 0;
    rpc.store.alarms =
        List.of(new Result.AlarmMember(FakeClient.MEMBER_ID, Command.AlarmType.NOSPACE));
    StatusResponse status =
        rpc.ask(MaintenanceGrpcClient.Status, StatusRequest.getDefaultInstance());
    assertThat(status.getVersion()).isEqualTo("3.7.3");
    assertThat(status.getStorageVersion()).isEqualTo("3.7.0");
    assertThat(status.hasDowngradeInfo()).isTrue();
    assertThat(status.getLeader()).isZero();
    assertThat(status.getRaftIndex()).isEqualTo(42);
    assertThat(status.getRaftAppliedIndex()).isEqualTo(41);
    assertThat(status.getErrorsList())
        .containsExactly("etcdserver: no leader", "memberID:10276657743932975437 alarm:NOSPACE");
  }

  @Test
  void alarmsAreRaisedAndUnknownAlarmsAreRefused() {
    AlarmMember raised =
        AlarmMember.newBuilder().setMemberID(5).setAlarm(AlarmType.CORRUPT).build();
    assertThat(
            rpc.ask(
                    MaintenanceGrpcClient.Alarm,
                    AlarmRequest.newBuilder()
                        .setAction(AlarmRequest.AlarmAction.ACTIVATE)
                        .setMemberID(5)
                        .setAlarm(AlarmType.CORRUPT)
                        .build())
                .getAlarmsList())
        .containsExactly(raised);
    assertThat(
            rpc.endOf(
                    MaintenanceGrpcClient.Alarm,
                    AlarmRequest.newBuilder().setActionValue(9).build())
                .status())
        .isEqualTo(GrpcStatus.INVALID_ARGUMENT);
  }

  @Test
  void hashCompactionDefragmentationAndMoveLeaderAreAnswered() {
    assertThat(rpc.ask(MaintenanceGrpcClient.Defragment, DefragmentRequest.getDefaultInstance()))
        .isEqualTo(DefragmentResponse.getDefaultInstance());
    HashKVResponse hash =
        rpc.ask(MaintenanceGrpcClient.HashKV, HashKVRequest.newBuilder().setRevision(1).build());
    assertThat(hash.getHash()).isEqualTo(-5);
    assertThat(hash.getCompactRevision()).isEqualTo(-1);
    assertThat(hash.getHashRevision()).isEqualTo(1);
    assertThat(
            rpc.endOf(
                KVGrpcClient.Compact,
                CompactionRequest.newBuilder().setRevision(1_000_000).build()))
        .isEqualTo(
            new TestRpc.End(
                GrpcStatus.OUT_OF_RANGE,
                "etcdserver: mvcc: required revision is a future revision"));
    assertThat(
            rpc.ask(
                    MaintenanceGrpcClient.MoveLeader,
                    MoveLeaderRequest.newBuilder().setTargetID(FakeClient.MEMBER_ID).build())
                .hasHeader())
        .isFalse();
  }

  @Test
  void healthChecksKnowOnlyTheEmptyServiceName() {
    assertThat(rpc.ask(HealthGrpcClient.Check, HealthCheckRequest.getDefaultInstance()).getStatus())
        .isEqualTo(ServingStatus.SERVING);
    assertThat(
            rpc.endOf(
                HealthGrpcClient.Check, HealthCheckRequest.newBuilder().setService("x").build()))
        .isEqualTo(new TestRpc.End(GrpcStatus.NOT_FOUND, "unknown service"));
    assertThat(
            rpc.ask(HealthGrpcClient.List, HealthListRequest.getDefaultInstance()).getStatusesMap())
        .containsOnlyKeys("");
    var watch = rpc.open(HealthGrpcClient.Watch);
    watch.send(HealthCheckRequest.newBuilder().setService("x").build());
    watch.halfClose();
    assertThat(watch.next().getStatus()).isEqualTo(ServingStatus.SERVICE_UNKNOWN);
    assertThat(watch.end).isNotDone();
    watch.cancel();
  }

  private static PutRequest put(String key, String value) {
    return PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes(value)).build();
  }

  private static RangeRequest range(String key) {
    return RangeRequest.newBuilder().setKey(bytes(key)).build();
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }
}
