package io.quorate.command;

import java.util.List;

/**
 * A request to a store. Those that are {@link Command}s go into the log; the others are answered by
 * the member that receives them, or by its leader.
 *
 * <p>To add a request, write a record here or in {@link Command} and its line in {@link
 * RequestKind}; what else is needed does not compile until it is there.
 *
 * @param <R> type of the answer
 */
public sealed interface Request<R>
    permits Command.Range,
        Command.Put,
        Command.DeleteRange,
        Command.Txn,
        Command.Count,
        Command.Compact,
        Command.LeaseGrant,
        Command.LeaseGrantMillis,
        Command.LeaseRevoke,
        Command.Alarm,
        Command.MemberUpdate,
        Command.Auth,
        Request.LeaseKeepAlive,
        Request.LeaseTimeToLive,
        Request.Leases,
        Request.MemberList,
        Request.MemberAdd,
        Request.MemberRemove,
        Request.MemberPromote,
        Request.Status,
        Request.HashKv,
        Request.Defragment,
        Request.MoveLeader,
        Request.Downgrade,
        Request.AuthStatus,
        Request.Authenticate,
        Request.UserGet,
        Request.UserList,
        Request.RoleGet,
        Request.RoleList {

  /** One method for each request, so that code which forgets one does not compile. */
  interface Visitor<T> {
    T range(Command.Range range);

    T put(Command.Put put);

    T delete(Command.DeleteRange delete);

    T txn(Command.Txn txn);

    T count(Command.Count count);

    T compact(Command.Compact compact);

    T leaseGrant(Command.LeaseGrant grant);

    T leaseGrantMillis(Command.LeaseGrantMillis grant);

    T leaseRevoke(Command.LeaseRevoke revoke);

    T leaseKeepAlive(LeaseKeepAlive renewal);

    T leaseTimeToLive(LeaseTimeToLive lease);

    T leases(Leases all);

    T memberList(MemberList members);

    T memberAdd(MemberAdd add);

    T memberRemove(MemberRemove remove);

    T memberUpdate(Command.MemberUpdate update);

    T memberPromote(MemberPromote promote);

    T alarm(Command.Alarm alarm);

    T status(Status status);

    T hashKv(HashKv hash);

    T defragment(Defragment defragment);

    T moveLeader(MoveLeader move);

    T downgrade(Downgrade downgrade);

    T auth(Command.Auth auth);

    T authStatus(AuthStatus status);

    T authenticate(Authenticate login);

    T userGet(UserGet user);

    T userList(UserList users);

    T roleGet(RoleGet role);

    T roleList(RoleList roles);
  }

  RequestKind requestKind();

  <T> T accept(Visitor<T> visitor);

  /**
   * True if it may change something, so that it matters whether it was executed if its answer is
   * lost.
   */
  default boolean changes() {
    return requestKind().changes();
  }

  /** Resets a lease's time. A granted TTL of 0 in the answer says that there is no such lease. */
  record LeaseKeepAlive(long id) implements Request<Result.LeaseTime> {
    @Override
    public RequestKind requestKind() {
      return RequestKind.LEASE_KEEP_ALIVE;
    }

    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.leaseKeepAlive(this);
    }
  }

  /** A remaining TTL of -1 in the answer says that there is no such lease. */
  record LeaseTimeToLive(long id, boolean withKeys) implements Request<Result.LeaseTime> {
    @Override
    public RequestKind requestKind() {
      return RequestKind.LEASE_TIME_TO_LIVE;
    }

    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.leaseTimeToLive(this);
    }
  }

  /** Ids of all leases that the member knows, soonest to run out first where that is known. */
  record Leases() implements Request<List<Long>> {
    @Override
    public RequestKind requestKind() {
      return RequestKind.LEASES;
    }

    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.leases(this);
    }
  }

  record MemberList(boolean linearizable) implements Request<Result.Members> {
    @Override
    public RequestKind requestKind() {
      return RequestKind.MEMBER_LIST;
    }

    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.memberList(this);
    }
  }

  /**
   * @param isLearner joins without a vote
   */
  record MemberAdd(List<String> peerUrls, boolean isLearner) implements Request<Result.Members> {
    public MemberAdd {
      peerUrls = List.copyOf(peerUrls);
    }

    @Override
    public RequestKind requestKind() {
      return RequestKind.MEMBER_ADD;
    }

    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.memberAdd(this);
    }
  }

  record MemberRemove(long id) implements Request<Result.Members> {
    @Override
    public RequestKind requestKind() {
      return RequestKind.MEMBER_REMOVE;
    }

    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.memberRemove(this);
    }
  }

  record MemberPromote(long id) implements Request<Result.Members> {
    @Override
    public RequestKind requestKind() {
      return RequestKind.MEMBER_PROMOTE;
    }

    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.memberPromote(this);
    }
  }

  /** Asks a member about itself. */
  record Status() implements Request<Result.MemberStatus> {
    @Override
    public RequestKind requestKind() {
      return RequestKind.STATUS;
    }

    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.status(this);
    }
  }

  /**
   * @param revision 0 for the newest
   */
  record HashKv(long revision) implements Request<Result.HashedKv> {
    @Override
    public RequestKind requestKind() {
      return RequestKind.HASH_KV;
    }

    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.hashKv(this);
    }
  }

  /**
   * Answered once the member that received it has given the free space of its file back to the
   * disk; it reads and writes meanwhile.
   */
  record Defragment() implements Request<Void> {
    @Override
    public RequestKind requestKind() {
      return RequestKind.DEFRAGMENT;
    }

    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.defragment(this);
    }
  }

  /** Answered once the member that received it sees that the target leads. */
  record MoveLeader(long targetId) implements Request<Void> {
    @Override
    public RequestKind requestKind() {
      return RequestKind.MOVE_LEADER;
    }

    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.moveLeader(this);
    }
  }

  /** What is asked about a downgrade. */
  enum DowngradeAction {
    VALIDATE,
    ENABLE,
    CANCEL
  }

  /**
   * Asks for a cluster of an older version. Whether the version is a possible one is answered as in
   * etcd; a job is never begun: NO_DOWNGRADE. There is never one to be cancelled, and that is
   * answered well, also as in etcd.
   */
  record Downgrade(DowngradeAction action, String version)
      implements Request<Result.ClusterVersion> {
    @Override
    public RequestKind requestKind() {
      return RequestKind.DOWNGRADE;
    }

    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.downgrade(this);
    }
  }

  /** Whether callers are checked. Anybody may ask. */
  record AuthStatus() implements Request<Result.AuthStatus> {
    @Override
    public RequestKind requestKind() {
      return RequestKind.AUTH_STATUS;
    }

    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.authStatus(this);
    }
  }

  /** The roles of a user. USER_NOT_FOUND. */
  record UserGet(String name) implements Request<Result.UserRoles> {
    @Override
    public RequestKind requestKind() {
      return RequestKind.USER_GET;
    }

    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.userGet(this);
    }
  }

  /** The names of all users. */
  record UserList() implements Request<Result.Names> {
    @Override
    public RequestKind requestKind() {
      return RequestKind.USER_LIST;
    }

    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.userList(this);
    }
  }

  /** The permissions of a role. ROLE_NOT_FOUND. */
  record RoleGet(String name) implements Request<Result.RolePermissions> {
    @Override
    public RequestKind requestKind() {
      return RequestKind.ROLE_GET;
    }

    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.roleGet(this);
    }
  }

  /** The names of all roles. */
  record RoleList() implements Request<Result.Names> {
    @Override
    public RequestKind requestKind() {
      return RequestKind.ROLE_LIST;
    }

    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.roleList(this);
    }
  }

  /**
   * Logs in, for a token. AUTH_NOT_ENABLED, AUTH_FAILED for a wrong password as for an unknown
   * user, NO_PASSWORD_USER.
   */
  record Authenticate(String name, Password.Plain password)
      implements Request<Result.Authenticated> {
    @Override
    public RequestKind requestKind() {
      return RequestKind.AUTHENTICATE;
    }

    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.authenticate(this);
    }
  }
}
