package io.quorate.vertx.client.api;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.quorate.command.AuthChange;
import io.quorate.command.Command;
import io.quorate.command.Request;
import io.quorate.command.Result;
import io.quorate.vertx.client.api.Rpc.Name;
import io.quorate.vertx.client.api.Rpc.Type;
import io.quorate.vertx.client.api.Rpc.Unary;
import io.quorate.vertx.client.api.Rpc.Unary.Weight;
import io.quorate.vertx.client.proto.election.CampaignRequest;
import io.quorate.vertx.client.proto.election.LeaderRequest;
import io.quorate.vertx.client.proto.election.ProclaimRequest;
import io.quorate.vertx.client.proto.election.ResignRequest;
import io.quorate.vertx.client.proto.health.HealthCheckRequest;
import io.quorate.vertx.client.proto.health.HealthListRequest;
import io.quorate.vertx.client.proto.lock.LockRequest;
import io.quorate.vertx.client.proto.lock.UnlockRequest;
import io.quorate.vertx.client.proto.quorate.CountRequest;
import io.quorate.vertx.client.proto.quorate.LeaseGrantMillisRequest;
import io.quorate.vertx.client.proto.rpc.AlarmRequest;
import io.quorate.vertx.client.proto.rpc.AuthDisableRequest;
import io.quorate.vertx.client.proto.rpc.AuthDisableResponse;
import io.quorate.vertx.client.proto.rpc.AuthEnableRequest;
import io.quorate.vertx.client.proto.rpc.AuthEnableResponse;
import io.quorate.vertx.client.proto.rpc.AuthRoleAddRequest;
import io.quorate.vertx.client.proto.rpc.AuthRoleAddResponse;
import io.quorate.vertx.client.proto.rpc.AuthRoleDeleteRequest;
import io.quorate.vertx.client.proto.rpc.AuthRoleDeleteResponse;
import io.quorate.vertx.client.proto.rpc.AuthRoleGetRequest;
import io.quorate.vertx.client.proto.rpc.AuthRoleGrantPermissionRequest;
import io.quorate.vertx.client.proto.rpc.AuthRoleGrantPermissionResponse;
import io.quorate.vertx.client.proto.rpc.AuthRoleListRequest;
import io.quorate.vertx.client.proto.rpc.AuthRoleRevokePermissionRequest;
import io.quorate.vertx.client.proto.rpc.AuthRoleRevokePermissionResponse;
import io.quorate.vertx.client.proto.rpc.AuthStatusRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserAddRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserAddResponse;
import io.quorate.vertx.client.proto.rpc.AuthUserChangePasswordRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserChangePasswordResponse;
import io.quorate.vertx.client.proto.rpc.AuthUserDeleteRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserDeleteResponse;
import io.quorate.vertx.client.proto.rpc.AuthUserGetRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserGrantRoleRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserGrantRoleResponse;
import io.quorate.vertx.client.proto.rpc.AuthUserListRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserRevokeRoleRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserRevokeRoleResponse;
import io.quorate.vertx.client.proto.rpc.AuthenticateRequest;
import io.quorate.vertx.client.proto.rpc.CompactionRequest;
import io.quorate.vertx.client.proto.rpc.DefragmentRequest;
import io.quorate.vertx.client.proto.rpc.DeleteRangeRequest;
import io.quorate.vertx.client.proto.rpc.DowngradeRequest;
import io.quorate.vertx.client.proto.rpc.HashKVRequest;
import io.quorate.vertx.client.proto.rpc.HashRequest;
import io.quorate.vertx.client.proto.rpc.LeaseGrantRequest;
import io.quorate.vertx.client.proto.rpc.LeaseKeepAliveRequest;
import io.quorate.vertx.client.proto.rpc.LeaseLeasesRequest;
import io.quorate.vertx.client.proto.rpc.LeaseRevokeRequest;
import io.quorate.vertx.client.proto.rpc.LeaseTimeToLiveRequest;
import io.quorate.vertx.client.proto.rpc.MemberAddRequest;
import io.quorate.vertx.client.proto.rpc.MemberListRequest;
import io.quorate.vertx.client.proto.rpc.MemberPromoteRequest;
import io.quorate.vertx.client.proto.rpc.MemberRemoveRequest;
import io.quorate.vertx.client.proto.rpc.MemberUpdateRequest;
import io.quorate.vertx.client.proto.rpc.MoveLeaderRequest;
import io.quorate.vertx.client.proto.rpc.PutRequest;
import io.quorate.vertx.client.proto.rpc.RangeRequest;
import io.quorate.vertx.client.proto.rpc.ResponseHeader;
import io.quorate.vertx.client.proto.rpc.SnapshotRequest;
import io.quorate.vertx.client.proto.rpc.StatusRequest;
import io.quorate.vertx.client.proto.rpc.TxnRequest;
import io.quorate.vertx.client.proto.rpc.WatchRequest;
import java.util.List;
import java.util.function.Function;

/**
 * Every RPC of etcd v3 and of Quorate, one row each. Servers register the {@link #ROWS}. A test
 * fails if a method of a {@code .proto} file has no row.
 */
public final class EtcdApi {
  private static final String KV = "etcdserverpb.KV";
  private static final String WATCHES = "etcdserverpb.Watch";
  private static final String LEASE = "etcdserverpb.Lease";
  private static final String CLUSTER = "etcdserverpb.Cluster";
  private static final String MAINTENANCE = "etcdserverpb.Maintenance";
  private static final String AUTH = "etcdserverpb.Auth";
  private static final String LOCKS = "v3lockpb.Lock";
  private static final String ELECTIONS = "v3electionpb.Election";
  private static final String QUORATE = "quorate.v1.Quorate";
  private static final String HEALTH = "grpc.health.v1.Health";

  /** A learner answers a serializable range from its own state. */
  public static final Unary<RangeRequest, Result.Ranged> RANGE =
      new Unary<>(
          name(KV, "Range", "/v3/kv/range"),
          RangeRequest.parser(),
          (range, maxTxnOps) -> ProtoMapping.range(range),
          ProtoMapping::ranged,
          RangeRequest::getSerializable,
          Weight.HEAVY);

  public static final Rpc.Streaming<RangeRequest> RANGE_STREAM =
      new Rpc.Streaming<>(name(KV, "RangeStream"), Type.SERVER_STREAM, RangeRequest.parser());

  public static final Rpc.Streaming<WatchRequest> WATCH =
      new Rpc.Streaming<>(
          name(WATCHES, "Watch", "/v3/watch"), Type.BIDI_STREAM, WatchRequest.parser());

  public static final Rpc.Streaming<LeaseKeepAliveRequest> LEASE_KEEP_ALIVE =
      new Rpc.Streaming<>(
          name(LEASE, "LeaseKeepAlive", "/v3/lease/keepalive"),
          Type.BIDI_STREAM,
          LeaseKeepAliveRequest.parser());

  public static final Rpc.Recipe<LockRequest> LOCK =
      new Rpc.Recipe<>(name(LOCKS, "Lock", "/v3/lock/lock"), LockRequest.parser());

  public static final Rpc.Recipe<UnlockRequest> UNLOCK =
      new Rpc.Recipe<>(name(LOCKS, "Unlock", "/v3/lock/unlock"), UnlockRequest.parser());

  public static final Rpc.Recipe<CampaignRequest> CAMPAIGN =
      new Rpc.Recipe<>(
          name(ELECTIONS, "Campaign", "/v3/election/campaign"), CampaignRequest.parser());

  public static final Rpc.Recipe<ProclaimRequest> PROCLAIM =
      new Rpc.Recipe<>(
          name(ELECTIONS, "Proclaim", "/v3/election/proclaim"), ProclaimRequest.parser());

  public static final Rpc.Recipe<LeaderRequest> LEADER =
      new Rpc.Recipe<>(name(ELECTIONS, "Leader", "/v3/election/leader"), LeaderRequest.parser());

  public static final Rpc.Streaming<LeaderRequest> OBSERVE =
      new Rpc.Streaming<>(
          name(ELECTIONS, "Observe", "/v3/election/observe"),
          Type.SERVER_STREAM,
          LeaderRequest.parser());

  public static final Rpc.Recipe<ResignRequest> RESIGN =
      new Rpc.Recipe<>(name(ELECTIONS, "Resign", "/v3/election/resign"), ResignRequest.parser());

  /** A learner answers too. */
  public static final Rpc.Streaming<SnapshotRequest> SNAPSHOT =
      new Rpc.Streaming<>(
          name(MAINTENANCE, "Snapshot", "/v3/maintenance/snapshot"),
          Type.SERVER_STREAM,
          SnapshotRequest.parser());

  public static final Rpc.Streaming<HealthCheckRequest> HEALTH_WATCH =
      new Rpc.Streaming<>(name(HEALTH, "Watch"), Type.SERVER_STREAM, HealthCheckRequest.parser());

  public static final List<Rpc> ROWS =
      List.of(
          // ---- KV
          RANGE,
          RANGE_STREAM,
          unary(
              name(KV, "Put", "/v3/kv/put"),
              PutRequest.parser(),
              ProtoMapping::put,
              ProtoMapping::putted),
          new Unary<DeleteRangeRequest, Result.Deleted>(
              name(KV, "DeleteRange", "/v3/kv/deleterange"),
              DeleteRangeRequest.parser(),
              (delete, maxTxnOps) -> ProtoMapping.delete(delete),
              ProtoMapping::deleted,
              delete -> false,
              Weight.HEAVY),
          new Unary<TxnRequest, Result.TxnDone>(
              name(KV, "Txn", "/v3/kv/txn"),
              TxnRequest.parser(),
              ProtoMapping::txn,
              ProtoMapping::txnDone,
              txn -> false,
              Weight.HEAVY),
          unary(
              name(KV, "Compact", "/v3/kv/compaction"),
              CompactionRequest.parser(),
              r -> new Command.Compact(r.getRevision(), r.getPhysical()),
              ProtoMapping::compacted),
          // ---- Watch
          WATCH,
          // ---- Lease
          unary(
              name(LEASE, "LeaseGrant", "/v3/lease/grant"),
              LeaseGrantRequest.parser(),
              r -> new Command.LeaseGrant(r.getID(), r.getTTL()),
              ProtoMapping::granted),
          unary(
              name(LEASE, "LeaseRevoke", "/v3/lease/revoke", "/v3/kv/lease/revoke"),
              LeaseRevokeRequest.parser(),
              r -> new Command.LeaseRevoke(r.getID()),
              ProtoMapping::revoked),
          LEASE_KEEP_ALIVE,
          unary(
              name(LEASE, "LeaseTimeToLive", "/v3/lease/timetolive", "/v3/kv/lease/timetolive"),
              LeaseTimeToLiveRequest.parser(),
              r -> new Request.LeaseTimeToLive(r.getID(), r.getKeys()),
              ProtoMapping::timeToLive),
          unary(
              name(LEASE, "LeaseLeases", "/v3/lease/leases", "/v3/kv/lease/leases"),
              LeaseLeasesRequest.parser(),
              r -> new Request.Leases(),
              ProtoMapping::leases),
          // ---- Cluster; its headers have no revision
          unary(
              name(CLUSTER, "MemberAdd", "/v3/cluster/member/add"),
              MemberAddRequest.parser(),
              r -> new Request.MemberAdd(r.getPeerURLsList(), r.getIsLearner()),
              ProtoMapping::memberAdded),
          unary(
              name(CLUSTER, "MemberRemove", "/v3/cluster/member/remove"),
              MemberRemoveRequest.parser(),
              r -> new Request.MemberRemove(r.getID()),
              ProtoMapping::memberRemoved),
          unary(
              name(CLUSTER, "MemberUpdate", "/v3/cluster/member/update"),
              MemberUpdateRequest.parser(),
              r -> new Command.MemberUpdate(r.getID(), r.getPeerURLsList()),
              ProtoMapping::memberUpdated),
          unary(
              name(CLUSTER, "MemberList", "/v3/cluster/member/list"),
              MemberListRequest.parser(),
              r -> new Request.MemberList(r.getLinearizable()),
              ProtoMapping::memberList),
          unary(
              name(CLUSTER, "MemberPromote", "/v3/cluster/member/promote"),
              MemberPromoteRequest.parser(),
              r -> new Request.MemberPromote(r.getID()),
              ProtoMapping::memberPromoted),
          // ---- Maintenance
          unary(
              name(MAINTENANCE, "Alarm", "/v3/maintenance/alarm"),
              AlarmRequest.parser(),
              ProtoMapping::alarm,
              ProtoMapping::alarms),
          new Unary<StatusRequest, Result.MemberStatus>(
              name(MAINTENANCE, "Status", "/v3/maintenance/status"),
              StatusRequest.parser(),
              (r, maxTxnOps) -> new Request.Status(),
              (now, status) -> ProtoMapping.status(status),
              r -> true,
              Weight.LIGHT),
          unary(
              name(MAINTENANCE, "Defragment", "/v3/maintenance/defragment"),
              DefragmentRequest.parser(),
              r -> new Request.Defragment(),
              ProtoMapping::defragmented),
          // All keys at the newest revision, instead of a file: the members' files differ byte by
          // byte.
          unary(
              name(MAINTENANCE, "Hash", "/v3/maintenance/hash"),
              HashRequest.parser(),
              r -> new Request.HashKv(0),
              ProtoMapping::hash),
          unary(
              name(MAINTENANCE, "HashKV", "/v3/maintenance/hashkv"),
              HashKVRequest.parser(),
              r -> new Request.HashKv(r.getRevision()),
              ProtoMapping::hashKv),
          SNAPSHOT,
          unary(
              name(MAINTENANCE, "MoveLeader", "/v3/maintenance/transfer-leadership"),
              MoveLeaderRequest.parser(),
              r -> new Request.MoveLeader(r.getTargetID()),
              ProtoMapping::leaderMoved),
          unary(
              name(MAINTENANCE, "Downgrade", "/v3/maintenance/downgrade"),
              DowngradeRequest.parser(),
              ProtoMapping::downgrade,
              ProtoMapping::downgraded),
          // ---- Auth
          change(
              name(AUTH, "AuthEnable", "/v3/auth/enable"),
              AuthEnableRequest.parser(),
              r -> new AuthChange.Enable(),
              (status, done) ->
                  AuthEnableResponse.newBuilder().setHeader(header(status, done)).build()),
          change(
              name(AUTH, "AuthDisable", "/v3/auth/disable"),
              AuthDisableRequest.parser(),
              r -> new AuthChange.Disable(),
              (status, done) ->
                  AuthDisableResponse.newBuilder().setHeader(header(status, done)).build()),
          unary(
              name(AUTH, "AuthStatus", "/v3/auth/status"),
              AuthStatusRequest.parser(),
              r -> new Request.AuthStatus(),
              AuthMapping::authStatus),
          unary(
              name(AUTH, "Authenticate", "/v3/auth/authenticate"),
              AuthenticateRequest.parser(),
              AuthMapping::authenticate,
              AuthMapping::authenticated),
          change(
              name(AUTH, "UserAdd", "/v3/auth/user/add"),
              AuthUserAddRequest.parser(),
              AuthMapping::userAdd,
              (status, done) ->
                  AuthUserAddResponse.newBuilder().setHeader(header(status, done)).build()),
          unary(
              name(AUTH, "UserGet", "/v3/auth/user/get"),
              AuthUserGetRequest.parser(),
              r -> new Request.UserGet(r.getName()),
              AuthMapping::userRoles),
          unary(
              name(AUTH, "UserList", "/v3/auth/user/list"),
              AuthUserListRequest.parser(),
              r -> new Request.UserList(),
              AuthMapping::users),
          change(
              name(AUTH, "UserDelete", "/v3/auth/user/delete"),
              AuthUserDeleteRequest.parser(),
              r -> new AuthChange.UserDelete(r.getName()),
              (status, done) ->
                  AuthUserDeleteResponse.newBuilder().setHeader(header(status, done)).build()),
          change(
              name(AUTH, "UserChangePassword", "/v3/auth/user/changepw"),
              AuthUserChangePasswordRequest.parser(),
              AuthMapping::userChangePassword,
              (status, done) ->
                  AuthUserChangePasswordResponse.newBuilder()
                      .setHeader(header(status, done))
                      .build()),
          change(
              name(AUTH, "UserGrantRole", "/v3/auth/user/grant"),
              AuthUserGrantRoleRequest.parser(),
              r -> new AuthChange.UserGrantRole(r.getUser(), r.getRole()),
              (status, done) ->
                  AuthUserGrantRoleResponse.newBuilder().setHeader(header(status, done)).build()),
          change(
              name(AUTH, "UserRevokeRole", "/v3/auth/user/revoke"),
              AuthUserRevokeRoleRequest.parser(),
              r -> new AuthChange.UserRevokeRole(r.getName(), r.getRole()),
              (status, done) ->
                  AuthUserRevokeRoleResponse.newBuilder().setHeader(header(status, done)).build()),
          change(
              name(AUTH, "RoleAdd", "/v3/auth/role/add"),
              AuthRoleAddRequest.parser(),
              r -> new AuthChange.RoleAdd(r.getName()),
              (status, done) ->
                  AuthRoleAddResponse.newBuilder().setHeader(header(status, done)).build()),
          unary(
              name(AUTH, "RoleGet", "/v3/auth/role/get"),
              AuthRoleGetRequest.parser(),
              r -> new Request.RoleGet(r.getRole()),
              AuthMapping::permissions),
          unary(
              name(AUTH, "RoleList", "/v3/auth/role/list"),
              AuthRoleListRequest.parser(),
              r -> new Request.RoleList(),
              AuthMapping::roles),
          change(
              name(AUTH, "RoleDelete", "/v3/auth/role/delete"),
              AuthRoleDeleteRequest.parser(),
              r -> new AuthChange.RoleDelete(r.getRole()),
              (status, done) ->
                  AuthRoleDeleteResponse.newBuilder().setHeader(header(status, done)).build()),
          change(
              name(AUTH, "RoleGrantPermission", "/v3/auth/role/grant"),
              AuthRoleGrantPermissionRequest.parser(),
              AuthMapping::roleGrantPermission,
              (status, done) ->
                  AuthRoleGrantPermissionResponse.newBuilder()
                      .setHeader(header(status, done))
                      .build()),
          change(
              name(AUTH, "RoleRevokePermission", "/v3/auth/role/revoke"),
              AuthRoleRevokePermissionRequest.parser(),
              r ->
                  new AuthChange.RoleRevokePermission(
                      r.getRole(), ProtoMapping.keyRange(r.getKey(), r.getRangeEnd())),
              (status, done) ->
                  AuthRoleRevokePermissionResponse.newBuilder()
                      .setHeader(header(status, done))
                      .build()),
          // ---- Lock and Election
          LOCK,
          UNLOCK,
          CAMPAIGN,
          PROCLAIM,
          LEADER,
          OBSERVE,
          RESIGN,
          // ---- Quorate's own requests
          unary(
              name(QUORATE, "Count"),
              CountRequest.parser(),
              ProtoMapping::count,
              ProtoMapping::counted),
          unary(
              name(QUORATE, "LeaseGrantMillis"),
              LeaseGrantMillisRequest.parser(),
              r -> new Command.LeaseGrantMillis(r.getId(), r.getTtlMillis()),
              ProtoMapping::grantedMillis),
          // ---- gRPC's health service: the server as a whole is SERVING as long as it answers
          new Rpc.Local<>(name(HEALTH, "Check"), HealthCheckRequest.parser(), HealthMapping::check),
          new Rpc.Local<>(name(HEALTH, "List"), HealthListRequest.parser(), HealthMapping::list),
          HEALTH_WATCH);

  private EtcdApi() {}

  private static Name name(String service, String method, String... httpPaths) {
    return new Name(service, method, List.of(httpPaths));
  }

  private static <Q extends MessageLite, R> Unary<Q, R> unary(
      Name name, Parser<Q> parser, Function<Q, Request<R>> in, Unary.Out<R> out) {
    return new Unary<>(
        name, parser, (message, max) -> in.apply(message), out, message -> false, Weight.LIGHT);
  }

  /** A change of users and roles. */
  private static <Q extends MessageLite> Unary<Q, Result.Done> change(
      Name name, Parser<Q> parser, Function<Q, AuthChange> in, Unary.Out<Result.Done> out) {
    return unary(name, parser, message -> new Command.Auth(in.apply(message)), out);
  }

  private static ResponseHeader header(Result.MemberStatus status, Result.Done done) {
    return ProtoMapping.header(status, done.revision());
  }
}
