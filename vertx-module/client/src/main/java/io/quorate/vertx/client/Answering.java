package io.quorate.vertx.client;

import io.quorate.command.Command;
import io.quorate.command.Request;
import io.quorate.command.Result;
import io.vertx.core.Future;
import java.util.List;

/**
 * Answers each kind of request in a method of its own. Implemented by stores that execute requests;
 * a store that only passes them on implements {@link QuorateStore#ask} alone.
 */
public interface Answering extends Request.Visitor<Future<?>> {

  /** The answer to {@code request}. */
  @SuppressWarnings("unchecked") // each method below returns the result type of its request
  default <R> Future<R> answer(Request<R> request) {
    return (Future<R>) request.accept(this);
  }

  @Override
  Future<Result.Ranged> range(Command.Range range);

  @Override
  Future<Result.Putted> put(Command.Put put);

  @Override
  Future<Result.Deleted> delete(Command.DeleteRange delete);

  @Override
  Future<Result.TxnDone> txn(Command.Txn txn);

  @Override
  Future<Result.Counted> count(Command.Count count);

  @Override
  Future<Result.Compacted> compact(Command.Compact compact);

  @Override
  Future<Result.LeaseGranted> leaseGrant(Command.LeaseGrant grant);

  @Override
  Future<Result.LeaseGranted> leaseGrantMillis(Command.LeaseGrantMillis grant);

  @Override
  Future<Result.LeaseRevoked> leaseRevoke(Command.LeaseRevoke revoke);

  @Override
  Future<Result.LeaseTime> leaseKeepAlive(Request.LeaseKeepAlive renewal);

  @Override
  Future<Result.LeaseTime> leaseTimeToLive(Request.LeaseTimeToLive lease);

  @Override
  Future<List<Long>> leases(Request.Leases all);

  @Override
  Future<Result.Members> memberList(Request.MemberList members);

  @Override
  Future<Result.Members> memberAdd(Request.MemberAdd add);

  @Override
  Future<Result.Members> memberRemove(Request.MemberRemove remove);

  @Override
  Future<Result.Members> memberUpdate(Command.MemberUpdate update);

  @Override
  Future<Result.Members> memberPromote(Request.MemberPromote promote);

  @Override
  Future<Result.Alarms> alarm(Command.Alarm alarm);

  @Override
  Future<Result.MemberStatus> status(Request.Status status);

  @Override
  Future<Result.HashedKv> hashKv(Request.HashKv hash);

  @Override
  Future<Void> defragment(Request.Defragment defragment);

  @Override
  Future<Void> moveLeader(Request.MoveLeader move);

  @Override
  Future<Result.ClusterVersion> downgrade(Request.Downgrade downgrade);

  @Override
  Future<Result.Done> auth(Command.Auth auth);

  @Override
  Future<Result.AuthStatus> authStatus(Request.AuthStatus status);

  @Override
  Future<Result.Authenticated> authenticate(Request.Authenticate login);

  @Override
  Future<Result.UserRoles> userGet(Request.UserGet user);

  @Override
  Future<Result.Names> userList(Request.UserList users);

  @Override
  Future<Result.RolePermissions> roleGet(Request.RoleGet role);

  @Override
  Future<Result.Names> roleList(Request.RoleList roles);
}
