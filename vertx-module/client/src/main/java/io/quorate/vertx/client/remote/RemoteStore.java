package io.quorate.vertx.client.remote;

import io.quorate.command.Command;
import io.quorate.command.Password;
import io.quorate.command.Request;
import io.quorate.command.Result;
import io.quorate.command.Result.HashedKv;
import io.quorate.command.Result.LeaseTime;
import io.quorate.command.Result.MemberStatus;
import io.quorate.command.WatchResponse;
import io.quorate.vertx.client.Answering;
import io.quorate.vertx.client.QuorateStore;
import io.quorate.vertx.client.api.AuthMapping;
import io.quorate.vertx.client.api.ByteStrings;
import io.quorate.vertx.client.proto.quorate.LeaseGrantMillisRequest;
import io.quorate.vertx.client.proto.quorate.QuorateGrpcClient;
import io.quorate.vertx.client.proto.rpc.AuthGrpcClient;
import io.quorate.vertx.client.proto.rpc.AuthRoleGetRequest;
import io.quorate.vertx.client.proto.rpc.AuthRoleListRequest;
import io.quorate.vertx.client.proto.rpc.AuthStatusRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserGetRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserListRequest;
import io.quorate.vertx.client.proto.rpc.AuthenticateRequest;
import io.quorate.vertx.client.proto.rpc.ClusterGrpcClient;
import io.quorate.vertx.client.proto.rpc.CompactionRequest;
import io.quorate.vertx.client.proto.rpc.DefragmentRequest;
import io.quorate.vertx.client.proto.rpc.DowngradeRequest;
import io.quorate.vertx.client.proto.rpc.HashKVRequest;
import io.quorate.vertx.client.proto.rpc.KVGrpcClient;
import io.quorate.vertx.client.proto.rpc.LeaseGrantRequest;
import io.quorate.vertx.client.proto.rpc.LeaseGrpcClient;
import io.quorate.vertx.client.proto.rpc.LeaseLeasesRequest;
import io.quorate.vertx.client.proto.rpc.LeaseRevokeRequest;
import io.quorate.vertx.client.proto.rpc.LeaseStatus;
import io.quorate.vertx.client.proto.rpc.LeaseTimeToLiveRequest;
import io.quorate.vertx.client.proto.rpc.MaintenanceGrpcClient;
import io.quorate.vertx.client.proto.rpc.MemberAddRequest;
import io.quorate.vertx.client.proto.rpc.MemberListRequest;
import io.quorate.vertx.client.proto.rpc.MemberPromoteRequest;
import io.quorate.vertx.client.proto.rpc.MemberRemoveRequest;
import io.quorate.vertx.client.proto.rpc.MemberUpdateRequest;
import io.quorate.vertx.client.proto.rpc.MoveLeaderRequest;
import io.quorate.vertx.client.proto.rpc.StatusRequest;
import io.quorate.vertx.client.proto.rpc.StatusResponse;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.net.URI;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A cluster reached over the network: Quorate's, or an etcd's. An etcd answers Quorate's own
 * requests with {@link io.quorate.vertx.client.UnsupportedByStoreException}. One member is used
 * until it fails, then the next.
 *
 * <p>Requests that may be executed twice are repeated until the request time-out. Others are
 * repeated only if they certainly were not executed; if that is uncertain, they fail with {@link
 * io.quorate.vertx.client.UnknownOutcomeException}. {@link
 * io.quorate.vertx.client.UnreachableException} means that nothing was sent; {@link
 * io.quorate.vertx.client.RefusedException} contains an error that is not part of etcd's contract.
 */
public final class RemoteStore implements QuorateStore, Answering {
  private final Vertx vertx;
  private final Connections connections;
  private final Endpoints endpoints;
  private final Login login;
  private final Calls calls;
  private final KeepAlives keepAlives;
  private final EndpointSync sync;

  /**
   * Connects with the first request.
   *
   * @param vertx the Vert.x on whose contexts the store is called
   */
  public RemoteStore(Vertx vertx, RemoteOptions options) {
    this.vertx = vertx;
    ContextInternal home = ((VertxInternal) vertx).createEventLoopContext();
    this.connections = new Connections(vertx, home, options);
    this.endpoints = new Endpoints(options);
    this.login = new Login(authentication(options));
    this.calls = new Calls(vertx, connections, endpoints, login, options);
    this.keepAlives = new KeepAlives(vertx, home, connections, endpoints, login, options);
    this.sync = new EndpointSync(home, endpoints, options, () -> memberList(true));
    sync.begin();
  }

  /** How the user of the options logs in; null without one. */
  private @Nullable Supplier<Future<String>> authentication(RemoteOptions options) {
    String user = options.getUser();
    if (user == null) {
      return null;
    }
    Calls withoutToken = new Calls(vertx, connections, endpoints, new Login(null), options);
    Request.Authenticate request =
        new Request.Authenticate(user, new Password.Plain(options.getPassword()));
    return () -> authenticate(withoutToken, request).map(Result.Authenticated::token);
  }

  /**
   * Closes the connections. Open requests and watches fail, and so do later ones, without being
   * sent. If they were opened through a client, close the client first.
   */
  public Future<Void> close() {
    Future<Void> closed = connections.close();
    keepAlives.close();
    sync.close();
    return closed;
  }

  /**
   * The current endpoints: those of the options, or those found by {@link
   * RemoteOptions#setAutoSyncIntervalMillis}. Any thread.
   */
  public List<URI> endpoints() {
    return endpoints.urls();
  }

  private ContextInternal context() {
    return (ContextInternal) vertx.getOrCreateContext();
  }

  @Override
  public <R> Future<R> ask(Request<R> request) {
    return answer(request);
  }

  // ---- key-value

  @Override
  public Future<Result.Ranged> range(Command.Range range) {
    return calls
        .ask(range, KVGrpcClient.Range, RemoteMapping.range(range))
        .map(RemoteMapping::ranged);
  }

  @Override
  public Future<Result.Putted> put(Command.Put put) {
    return calls.ask(put, KVGrpcClient.Put, RemoteMapping.put(put)).map(RemoteMapping::putted);
  }

  @Override
  public Future<Result.Deleted> delete(Command.DeleteRange delete) {
    return calls
        .ask(delete, KVGrpcClient.DeleteRange, RemoteMapping.delete(delete))
        .map(RemoteMapping::deleted);
  }

  @Override
  public Future<Result.TxnDone> txn(Command.Txn txn) {
    return calls
        .ask(txn, TxnResponseDecoder.TXN, RemoteMapping.txn(txn))
        .map(RemoteMapping::txnDone);
  }

  @Override
  public Future<Result.Counted> count(Command.Count count) {
    boolean repeatable =
        !count.slot().isEmpty()
            || count.ops().stream()
                .allMatch(op -> op.action() == Command.CounterAction.ADD && op.operand() == 0);
    return calls
        .ask(count, QuorateGrpcClient.Count, RemoteMapping.count(count), repeatable)
        .map(RemoteMapping::counted);
  }

  @Override
  public Future<Result.Compacted> compact(Command.Compact compact) {
    return calls
        .ask(
            compact,
            KVGrpcClient.Compact,
            CompactionRequest.newBuilder()
                .setRevision(compact.revision())
                .setPhysical(compact.physical())
                .build())
        .map(done -> new Result.Compacted(done.getHeader().getRevision()));
  }

  // ---- leases

  @Override
  public Future<Result.LeaseGranted> leaseGrant(Command.LeaseGrant grant) {
    return calls
        .ask(
            grant,
            LeaseGrpcClient.LeaseGrant,
            LeaseGrantRequest.newBuilder().setID(grant.id()).setTTL(grant.ttlSeconds()).build())
        .map(
            done ->
                new Result.LeaseGranted(
                    done.getHeader().getRevision(), done.getID(), done.getTTL()));
  }

  @Override
  public Future<Result.LeaseGranted> leaseGrantMillis(Command.LeaseGrantMillis grant) {
    return calls
        .ask(
            grant,
            QuorateGrpcClient.LeaseGrantMillis,
            LeaseGrantMillisRequest.newBuilder()
                .setId(grant.id())
                .setTtlMillis(grant.ttlMillis())
                .build())
        .map(
            done ->
                new Result.LeaseGranted(
                    done.getHeader().getRevision(), done.getId(), done.getTtlSeconds()));
  }

  @Override
  public Future<Result.LeaseRevoked> leaseRevoke(Command.LeaseRevoke revoke) {
    return calls
        .ask(
            revoke,
            LeaseGrpcClient.LeaseRevoke,
            LeaseRevokeRequest.newBuilder().setID(revoke.id()).build())
        .map(done -> new Result.LeaseRevoked(done.getHeader().getRevision()));
  }

  @Override
  public Future<LeaseTime> leaseKeepAlive(Request.LeaseKeepAlive renewal) {
    Promise<LeaseTime> promise = context().promise();
    keepAlives.renew(renewal.id(), promise);
    return promise.future();
  }

  @Override
  public Future<LeaseTime> leaseTimeToLive(Request.LeaseTimeToLive lease) {
    return calls
        .ask(
            lease,
            LeaseGrpcClient.LeaseTimeToLive,
            LeaseTimeToLiveRequest.newBuilder().setID(lease.id()).setKeys(lease.withKeys()).build())
        .map(
            time ->
                new LeaseTime(
                    time.getHeader().getRevision(),
                    time.getID(),
                    time.getTTL(),
                    time.getGrantedTTL(),
                    time.getKeysList().stream().map(ByteStrings::toBytes).toList()));
  }

  @Override
  public Future<List<Long>> leases(Request.Leases everyone) {
    return calls
        .ask(everyone, LeaseGrpcClient.LeaseLeases, LeaseLeasesRequest.getDefaultInstance())
        .map(all -> all.getLeasesList().stream().map(LeaseStatus::getID).toList());
  }

  // ---- watches

  @Override
  public WatchChannel watch(Handler<WatchResponse> handler) {
    ContextInternal context = context();
    RemoteWatch watch = new RemoteWatch(connections, endpoints, login, context, handler);
    context.runOnContext(v -> watch.open()); // the caller first sets its closeHandler
    return watch;
  }

  // ---- cluster

  @Override
  public Future<Result.Members> memberList(Request.MemberList members) {
    return calls
        .ask(
            members,
            ClusterGrpcClient.MemberList,
            MemberListRequest.newBuilder().setLinearizable(members.linearizable()).build())
        .map(done -> RemoteMapping.members(done.getMembersList()));
  }

  @Override
  public Future<Result.Members> memberAdd(Request.MemberAdd add) {
    return calls
        .ask(
            add,
            ClusterGrpcClient.MemberAdd,
            MemberAddRequest.newBuilder()
                .addAllPeerURLs(add.peerUrls())
                .setIsLearner(add.isLearner())
                .build())
        .map(
            done ->
                new Result.Members(
                    RemoteMapping.member(done.getMember()),
                    RemoteMapping.members(done.getMembersList()).members()));
  }

  @Override
  public Future<Result.Members> memberRemove(Request.MemberRemove remove) {
    return calls
        .ask(
            remove,
            ClusterGrpcClient.MemberRemove,
            MemberRemoveRequest.newBuilder().setID(remove.id()).build())
        .map(done -> RemoteMapping.members(done.getMembersList()));
  }

  @Override
  public Future<Result.Members> memberUpdate(Command.MemberUpdate update) {
    return calls
        .ask(
            update,
            ClusterGrpcClient.MemberUpdate,
            MemberUpdateRequest.newBuilder()
                .setID(update.memberId())
                .addAllPeerURLs(update.peerUrls())
                .build())
        .map(done -> RemoteMapping.members(done.getMembersList()));
  }

  @Override
  public Future<Result.Members> memberPromote(Request.MemberPromote promote) {
    return calls
        .ask(
            promote,
            ClusterGrpcClient.MemberPromote,
            MemberPromoteRequest.newBuilder().setID(promote.id()).build())
        .map(done -> RemoteMapping.members(done.getMembersList()));
  }

  // ---- maintenance

  @Override
  public Future<Result.Alarms> alarm(Command.Alarm alarm) {
    return calls
        .ask(alarm, MaintenanceGrpcClient.Alarm, RemoteMapping.alarm(alarm))
        .map(
            done ->
                new Result.Alarms(
                    done.getHeader().getRevision(),
                    done.getAlarmsList().stream().map(RemoteMapping::alarmMember).toList()));
  }

  /**
   * The alarms are read by a separate request, because etcd's status contains them as text only.
   */
  @Override
  public Future<MemberStatus> status(Request.Status asked) {
    Future<Result.Alarms> alarms =
        alarm(new Command.Alarm(Command.AlarmAction.GET, 0, Command.AlarmType.NONE));
    return calls
        .ask(asked, MaintenanceGrpcClient.Status, StatusRequest.getDefaultInstance())
        .compose(
            status ->
                alarms
                    .map(Result.Alarms::alarms)
                    .otherwise(List.of()) // without a quorum there still is a status
                    .map(raised -> status(status, raised)));
  }

  private static MemberStatus status(StatusResponse s, List<Result.AlarmMember> alarms) {
    return new MemberStatus(
        s.getHeader().getClusterId(),
        s.getHeader().getMemberId(),
        s.getLeader(),
        s.getRaftTerm(),
        s.getRaftIndex(),
        s.getRaftAppliedIndex(),
        s.getHeader().getRevision(),
        s.getDbSize(),
        s.getDbSizeInUse(),
        s.getDbSizeQuota(),
        s.getIsLearner(),
        alarms,
        true);
  }

  @Override
  public Future<HashedKv> hashKv(Request.HashKv asked) {
    return calls
        .ask(
            asked,
            MaintenanceGrpcClient.HashKV,
            HashKVRequest.newBuilder().setRevision(asked.revision()).build())
        .map(
            hash ->
                new HashedKv(
                    hash.getHeader().getRevision(),
                    hash.getHash(),
                    hash.getCompactRevision(),
                    hash.getHashRevision()));
  }

  @Override
  public Future<Void> defragment(Request.Defragment defragment) {
    return calls
        .ask(defragment, MaintenanceGrpcClient.Defragment, DefragmentRequest.getDefaultInstance())
        .mapEmpty();
  }

  @Override
  public Future<Void> moveLeader(Request.MoveLeader move) {
    return calls
        .ask(
            move,
            MaintenanceGrpcClient.MoveLeader,
            MoveLeaderRequest.newBuilder().setTargetID(move.targetId()).build())
        .mapEmpty();
  }

  @Override
  public Future<Result.ClusterVersion> downgrade(Request.Downgrade downgrade) {
    return calls
        .ask(
            downgrade,
            MaintenanceGrpcClient.Downgrade,
            DowngradeRequest.newBuilder()
                .setAction(
                    switch (downgrade.action()) {
                      case VALIDATE -> DowngradeRequest.DowngradeAction.VALIDATE;
                      case ENABLE -> DowngradeRequest.DowngradeAction.ENABLE;
                      case CANCEL -> DowngradeRequest.DowngradeAction.CANCEL;
                    })
                .setVersion(downgrade.version())
                .build())
        .map(r -> new Result.ClusterVersion(r.getHeader().getRevision(), r.getVersion()));
  }

  // ---- users and roles

  @Override
  public Future<Result.Done> auth(Command.Auth auth) {
    try {
      return auth.change().accept(new RemoteAuth(calls, auth));
    } catch (IllegalArgumentException e) {
      return context().failedFuture(e);
    }
  }

  @Override
  public Future<Result.AuthStatus> authStatus(Request.AuthStatus status) {
    return calls
        .ask(status, AuthGrpcClient.AuthStatus, AuthStatusRequest.getDefaultInstance())
        .map(
            r ->
                new Result.AuthStatus(
                    r.getHeader().getRevision(), r.getEnabled(), r.getAuthRevision()));
  }

  @Override
  public Future<Result.Authenticated> authenticate(Request.Authenticate request) {
    return authenticate(calls, request);
  }

  private static Future<Result.Authenticated> authenticate(
      Calls calls, Request.Authenticate request) {
    return calls
        .ask(
            request,
            AuthGrpcClient.Authenticate,
            AuthenticateRequest.newBuilder()
                .setName(request.name())
                .setPassword(request.password().text())
                .build())
        .map(r -> new Result.Authenticated(r.getHeader().getRevision(), r.getToken()));
  }

  @Override
  public Future<Result.UserRoles> userGet(Request.UserGet user) {
    return calls
        .ask(
            user,
            AuthGrpcClient.UserGet,
            AuthUserGetRequest.newBuilder().setName(user.name()).build())
        .map(r -> new Result.UserRoles(r.getHeader().getRevision(), r.getRolesList()));
  }

  @Override
  public Future<Result.Names> userList(Request.UserList users) {
    return calls
        .ask(users, AuthGrpcClient.UserList, AuthUserListRequest.getDefaultInstance())
        .map(r -> new Result.Names(r.getHeader().getRevision(), r.getUsersList()));
  }

  @Override
  public Future<Result.RolePermissions> roleGet(Request.RoleGet role) {
    return calls
        .ask(
            role,
            AuthGrpcClient.RoleGet,
            AuthRoleGetRequest.newBuilder().setRole(role.name()).build())
        .map(
            r ->
                new Result.RolePermissions(
                    r.getHeader().getRevision(),
                    r.getPermList().stream().map(AuthMapping::permission).toList()));
  }

  @Override
  public Future<Result.Names> roleList(Request.RoleList roles) {
    return calls
        .ask(roles, AuthGrpcClient.RoleList, AuthRoleListRequest.getDefaultInstance())
        .map(r -> new Result.Names(r.getHeader().getRevision(), r.getRolesList()));
  }
}
