package io.quorate.vertx.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.command.EtcdError;
import io.quorate.command.Result;
import io.quorate.command.Result.HashedKv;
import io.quorate.command.Result.MemberStatus;
import io.quorate.vertx.proto.rpc.AlarmRequest;
import io.quorate.vertx.proto.rpc.AlarmResponse;
import io.quorate.vertx.proto.rpc.DowngradeInfo;
import io.quorate.vertx.proto.rpc.HashKVRequest;
import io.quorate.vertx.proto.rpc.HashKVResponse;
import io.quorate.vertx.proto.rpc.HashRequest;
import io.quorate.vertx.proto.rpc.HashResponse;
import io.quorate.vertx.proto.rpc.MoveLeaderRequest;
import io.quorate.vertx.proto.rpc.MoveLeaderResponse;
import io.quorate.vertx.proto.rpc.StatusRequest;
import io.quorate.vertx.proto.rpc.StatusResponse;
import io.vertx.core.Future;
import io.vertx.grpc.common.ServiceName;

/**
 * {@code etcdserverpb.Maintenance} without Defragment, Snapshot and Downgrade. A learner answers
 * Status only. {@code Hash} is the hash of all keys at the newest revision: there is no file whose
 * bytes would be the same on every member.
 */
final class MaintenanceRpcs {
  private static final ServiceName SERVICE = ServiceName.create("etcdserverpb.Maintenance");

  void bind(RpcServer server) {
    server.<AlarmRequest, Result.Alarms>unary(
        SERVICE,
        "Alarm",
        AlarmRequest.parser(),
        (store, request) -> store.alarm(ProtoMapping.alarm(request)),
        MaintenanceRpcs::alarms);
    server.<StatusRequest, MemberStatus>unary(
        SERVICE,
        "Status",
        StatusRequest.parser(),
        request -> true,
        (store, request) -> Future.succeededFuture(store.memberStatus()),
        (now, status) -> status(status));
    server.<HashRequest, HashedKv>unary(
        SERVICE,
        "Hash",
        HashRequest.parser(),
        (store, request) -> store.hashKv(0),
        (status, hash) ->
            HashResponse.newBuilder()
                .setHeader(RpcServer.header(status, hash.revision()))
                .setHash(hash.hash())
                .build());
    server.<HashKVRequest, HashedKv>unary(
        SERVICE,
        "HashKV",
        HashKVRequest.parser(),
        (store, request) -> store.hashKv(request.getRevision()),
        (status, hash) ->
            HashKVResponse.newBuilder()
                .setHeader(RpcServer.header(status, hash.revision()))
                .setHash(hash.hash())
                .setCompactRevision(hash.compactRevision())
                .setHashRevision(hash.hashRevision())
                .build());
    server.<MoveLeaderRequest, Void>unary(
        SERVICE,
        "MoveLeader",
        MoveLeaderRequest.parser(),
        (store, request) -> store.moveLeader(request.getTargetID()),
        (status, done) -> MoveLeaderResponse.getDefaultInstance());
  }

  private static MessageLite alarms(MemberStatus status, Result.Alarms done) {
    AlarmResponse.Builder b =
        AlarmResponse.newBuilder().setHeader(RpcServer.header(status, done.revision()));
    for (Result.AlarmMember alarm : done.alarms()) {
      b.addAlarms(ProtoMapping.alarmMember(alarm));
    }
    return b.build();
  }

  private static MessageLite status(MemberStatus s) {
    StatusResponse.Builder b =
        StatusResponse.newBuilder()
            .setHeader(RpcServer.header(s, s.revision()))
            .setVersion(EtcdVersion.SERVER)
            .setStorageVersion(EtcdVersion.STORAGE)
            .setDbSize(s.dbSizeBytes())
            .setDbSizeInUse(s.dbSizeInUseBytes())
            .setDbSizeQuota(s.dbSizeQuotaBytes())
            .setLeader(s.leader())
            .setRaftIndex(s.raftIndex())
            .setRaftTerm(s.raftTerm())
            .setRaftAppliedIndex(s.raftAppliedIndex())
            .setIsLearner(s.isLearner())
            .setDowngradeInfo(DowngradeInfo.getDefaultInstance());
    if (s.leader() == 0) {
      b.addErrors(EtcdError.NO_LEADER.message());
    }
    for (Result.AlarmMember alarm : s.alarms()) {
      b.addErrors(
          "memberID:" + Long.toUnsignedString(alarm.memberId()) + " alarm:" + alarm.type().name());
    }
    return b.build();
  }
}
