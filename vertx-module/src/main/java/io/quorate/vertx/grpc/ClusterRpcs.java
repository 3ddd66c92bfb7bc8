package io.quorate.vertx.grpc;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.quorate.command.Member;
import io.quorate.command.Result;
import io.quorate.command.Result.MemberStatus;
import io.quorate.vertx.client.MemberStore;
import io.quorate.vertx.proto.rpc.MemberAddRequest;
import io.quorate.vertx.proto.rpc.MemberAddResponse;
import io.quorate.vertx.proto.rpc.MemberListRequest;
import io.quorate.vertx.proto.rpc.MemberListResponse;
import io.quorate.vertx.proto.rpc.MemberPromoteRequest;
import io.quorate.vertx.proto.rpc.MemberPromoteResponse;
import io.quorate.vertx.proto.rpc.MemberRemoveRequest;
import io.quorate.vertx.proto.rpc.MemberRemoveResponse;
import io.quorate.vertx.proto.rpc.MemberUpdateRequest;
import io.quorate.vertx.proto.rpc.MemberUpdateResponse;
import io.quorate.vertx.proto.rpc.ResponseHeader;
import io.vertx.core.Future;
import io.vertx.grpc.common.ServiceName;
import java.util.List;
import java.util.function.BiFunction;

/** {@code etcdserverpb.Cluster}. Its headers have no revision. */
final class ClusterRpcs {
  private static final ServiceName SERVICE = ServiceName.create("etcdserverpb.Cluster");

  void bind(RpcServer server) {
    server.<MemberAddRequest, Result.Members>unary(
        SERVICE,
        "MemberAdd",
        MemberAddRequest.parser(),
        (store, r) -> store.memberAdd(List.copyOf(r.getPeerURLsList()), r.getIsLearner()),
        ClusterRpcs::added);
    members(
        server,
        "MemberList",
        MemberListRequest.parser(),
        (store, r) -> store.memberList(r.getLinearizable()),
        (header, members) ->
            MemberListResponse.newBuilder().setHeader(header).addAllMembers(members).build());
    members(
        server,
        "MemberRemove",
        MemberRemoveRequest.parser(),
        (store, r) -> store.memberRemove(r.getID()),
        (header, members) ->
            MemberRemoveResponse.newBuilder().setHeader(header).addAllMembers(members).build());
    members(
        server,
        "MemberUpdate",
        MemberUpdateRequest.parser(),
        (store, r) -> store.memberUpdate(r.getID(), List.copyOf(r.getPeerURLsList())),
        (header, members) ->
            MemberUpdateResponse.newBuilder().setHeader(header).addAllMembers(members).build());
    members(
        server,
        "MemberPromote",
        MemberPromoteRequest.parser(),
        (store, r) -> store.memberPromote(r.getID()),
        (header, members) ->
            MemberPromoteResponse.newBuilder().setHeader(header).addAllMembers(members).build());
  }

  private static <Q extends MessageLite> void members(
      RpcServer server,
      String name,
      Parser<Q> parser,
      BiFunction<MemberStore, Q, Future<Result.Members>> call,
      BiFunction<ResponseHeader, List<io.quorate.vertx.proto.rpc.Member>, MessageLite> answer) {
    server.<Q, Result.Members>unary(
        SERVICE,
        name,
        parser,
        call,
        (status, done) -> answer.apply(RpcServer.header(status, 0), ProtoMapping.members(done)));
  }

  private static MessageLite added(MemberStatus status, Result.Members done) {
    Member added = done.member();
    if (added == null) {
      throw new IllegalStateException("a member was added, but which?");
    }
    return MemberAddResponse.newBuilder()
        .setHeader(RpcServer.header(status, 0))
        .setMember(ProtoMapping.member(added))
        .addAllMembers(ProtoMapping.members(done))
        .build();
  }
}
