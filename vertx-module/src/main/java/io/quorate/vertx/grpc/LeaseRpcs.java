package io.quorate.vertx.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.command.Bytes;
import io.quorate.command.Result;
import io.quorate.command.Result.LeaseTime;
import io.quorate.command.Result.MemberStatus;
import io.quorate.vertx.proto.rpc.LeaseGrantRequest;
import io.quorate.vertx.proto.rpc.LeaseGrantResponse;
import io.quorate.vertx.proto.rpc.LeaseKeepAliveRequest;
import io.quorate.vertx.proto.rpc.LeaseLeasesRequest;
import io.quorate.vertx.proto.rpc.LeaseLeasesResponse;
import io.quorate.vertx.proto.rpc.LeaseRevokeRequest;
import io.quorate.vertx.proto.rpc.LeaseRevokeResponse;
import io.quorate.vertx.proto.rpc.LeaseStatus;
import io.quorate.vertx.proto.rpc.LeaseTimeToLiveRequest;
import io.quorate.vertx.proto.rpc.LeaseTimeToLiveResponse;
import io.vertx.grpc.common.ServiceName;
import java.util.List;

/** {@code etcdserverpb.Lease}. */
final class LeaseRpcs {
  private static final ServiceName SERVICE = ServiceName.create("etcdserverpb.Lease");

  void bind(RpcServer server) {
    server.<LeaseGrantRequest, Result.LeaseGranted>unary(
        SERVICE,
        "LeaseGrant",
        LeaseGrantRequest.parser(),
        (store, request) -> store.leaseGrant(request.getID(), request.getTTL()),
        (status, done) ->
            LeaseGrantResponse.newBuilder()
                .setHeader(RpcServer.header(status, done.revision()))
                .setID(done.id())
                .setTTL(done.ttlSeconds())
                .build());
    server.<LeaseRevokeRequest, Result.LeaseRevoked>unary(
        SERVICE,
        "LeaseRevoke",
        LeaseRevokeRequest.parser(),
        (store, request) -> store.leaseRevoke(request.getID()),
        (status, done) ->
            LeaseRevokeResponse.newBuilder()
                .setHeader(RpcServer.header(status, done.revision()))
                .build());
    server.<LeaseTimeToLiveRequest, LeaseTime>unary(
        SERVICE,
        "LeaseTimeToLive",
        LeaseTimeToLiveRequest.parser(),
        (store, request) -> store.leaseTimeToLive(request.getID(), request.getKeys()),
        LeaseRpcs::timeToLive);
    server.<LeaseLeasesRequest, List<Long>>unary(
        SERVICE,
        "LeaseLeases",
        LeaseLeasesRequest.parser(),
        (store, request) -> store.leases(),
        LeaseRpcs::leases);
    server.<LeaseKeepAliveRequest>stream(
        SERVICE,
        "LeaseKeepAlive",
        LeaseKeepAliveRequest.parser(),
        (request, decoder) -> new KeepAliveCall(server, request, decoder));
  }

  private static MessageLite timeToLive(MemberStatus status, LeaseTime time) {
    LeaseTimeToLiveResponse.Builder b =
        LeaseTimeToLiveResponse.newBuilder()
            .setHeader(RpcServer.header(status, time.revision()))
            .setID(time.id())
            .setTTL(time.ttlSeconds())
            .setGrantedTTL(time.grantedTtlSeconds());
    for (Bytes key : time.keys()) {
      b.addKeys(ByteStrings.of(key));
    }
    return b.build();
  }

  private static MessageLite leases(MemberStatus status, List<Long> ids) {
    LeaseLeasesResponse.Builder b =
        LeaseLeasesResponse.newBuilder().setHeader(RpcServer.header(status, status.revision()));
    for (long id : ids) {
      b.addLeases(LeaseStatus.newBuilder().setID(id));
    }
    return b.build();
  }
}
