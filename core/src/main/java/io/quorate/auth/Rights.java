package io.quorate.auth;

import io.quorate.command.AuthChange;
import io.quorate.command.Bytes;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyRange;
import io.quorate.command.Request;
import io.quorate.command.User;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one caller may do, by the users and roles of one moment. There is a rule for each request
 * and each command, as a request without one would not compile. The rules are etcd's.
 *
 * <p>What is in the log is checked when it is applied, so all members come to the same result.
 * Reads, and what a member does by itself, are checked by the member that was asked.
 */
public final class Rights {
  private final AuthState auth;
  private final Caller caller;
  private final LeaseKeys leases;

  /** The keys that hang on leases. */
  public interface LeaseKeys {
    /** The keys of one lease; none if there is no such lease. */
    List<Bytes> keys(long leaseId);

    /** The ids of all leases. */
    List<Long> leases();
  }

  private Rights(AuthState auth, Caller caller, LeaseKeys leases) {
    this.auth = auth;
    this.caller = caller;
    this.leases = leases;
  }

  /**
   * @throws EtcdException USER_EMPTY for a caller who has not said who they are, AUTH_OLD_REVISION,
   *     PERMISSION_DENIED, USER_NOT_FOUND
   */
  public static void check(AuthState auth, Caller caller, LeaseKeys leases, Command command) {
    if (isChecked(auth, caller)) {
      command.accept(new Rights(auth, caller, leases).new Rules());
    }
  }

  /** As {@link #check(AuthState, Caller, LeaseKeys, Command)}, for a request to a member. */
  public static void check(AuthState auth, Caller caller, LeaseKeys leases, Request<?> request) {
    if (isChecked(auth, caller)) {
      request.accept(new Rights(auth, caller, leases).new Rules());
    }
  }

  /**
   * For what only those may do who may do everything.
   *
   * @throws EtcdException USER_EMPTY, USER_NOT_FOUND, PERMISSION_DENIED
   */
  public static void checkRoot(AuthState auth, Caller caller) {
    if (isChecked(auth, caller)) {
      new Rights(auth, caller, NO_LEASES).root();
    }
  }

  /**
   * For a watch, before it begins.
   *
   * @throws EtcdException as {@link #check(AuthState, Caller, LeaseKeys, Command)}
   */
  public static void checkRead(AuthState auth, Caller caller, KeyRange keys) {
    if (isChecked(auth, caller)) {
      new Rights(auth, caller, NO_LEASES).read(keys);
    }
  }

  /**
   * For a request that is about no leases.
   *
   * @throws EtcdException as {@link #check(AuthState, Caller, LeaseKeys, Request)}
   */
  public static void check(AuthState auth, Caller caller, Request<?> request) {
    check(auth, caller, NO_LEASES, request);
  }

  /**
   * For a watch that was allowed to begin, after users or roles have changed: whether it still
   * would be, whichever revision of them its caller was admitted under.
   *
   * @return why not, null if so
   */
  public static @Nullable EtcdError refusalNow(AuthState auth, Caller caller, KeyRange keys) {
    if (!isChecked(auth, caller)) {
      return null;
    }
    String name = name(caller);
    if (name == null) {
      return EtcdError.USER_EMPTY;
    }
    User user = auth.user(name);
    boolean allowed = user != null && (user.isRoot() || auth.rightsOf(name).mayRead(keys));
    return allowed ? null : EtcdError.PERMISSION_DENIED;
  }

  private static final LeaseKeys NO_LEASES =
      new LeaseKeys() {
        @Override
        public List<Bytes> keys(long leaseId) {
          return List.of();
        }

        @Override
        public List<Long> leases() {
          return List.of();
        }
      };

  private static boolean isChecked(AuthState auth, Caller caller) {
    return auth.isEnabled() && !(caller instanceof Caller.Node);
  }

  // ---- what rules are made of

  private static @Nullable String name(Caller caller) {
    if (caller instanceof Caller.User user) {
      return user.name();
    }
    return caller instanceof Caller.Certificate certificate ? certificate.commonName() : null;
  }

  private static long authRevision(Caller caller) {
    if (caller instanceof Caller.User user) {
      return user.authRevision();
    }
    return caller instanceof Caller.Certificate certificate ? certificate.authRevision() : 0;
  }

  /** Any caller who has said who they are. */
  private boolean anyUser() {
    if (name(caller) == null) {
      throw EtcdError.USER_EMPTY.exception();
    }
    return true;
  }

  private boolean isRoot() {
    String name = name(caller);
    User user = name == null ? null : auth.user(name);
    return user != null && user.isRoot();
  }

  private boolean root() {
    String name = name(caller);
    if (name == null) {
      throw EtcdError.USER_EMPTY.exception();
    }
    User user = auth.user(name);
    if (user == null) {
      throw EtcdError.USER_NOT_FOUND.exception();
    }
    if (!user.isRoot()) {
      throw EtcdError.PERMISSION_DENIED.exception();
    }
    return true;
  }

  /** Only members themselves ask for this. */
  private static boolean nodeOnly() {
    throw EtcdError.PERMISSION_DENIED.exception();
  }

  private boolean read(KeyRange keys) {
    KeyRights rights = keyRights();
    return require(rights == null || rights.mayRead(keys));
  }

  private boolean write(KeyRange keys) {
    KeyRights rights = keyRights();
    return require(rights == null || rights.mayWrite(keys));
  }

  /**
   * What the caller may do with keys; null for everything. A caller who was admitted under older
   * users and roles has to log in again, as they may be somebody else by now.
   */
  private @Nullable KeyRights keyRights() {
    String name = name(caller);
    if (name == null) {
      throw EtcdError.USER_EMPTY.exception();
    }
    if (authRevision(caller) < auth.revision()) {
      throw EtcdError.AUTH_OLD_REVISION.exception();
    }
    User user = auth.user(name);
    if (user == null) {
      throw EtcdError.PERMISSION_DENIED.exception();
    }
    return user.isRoot() ? null : auth.rightsOf(name);
  }

  private static boolean require(boolean allowed) {
    if (!allowed) {
      throw EtcdError.PERMISSION_DENIED.exception();
    }
    return true;
  }

  /** Whoever attaches to a lease or ends it decides about all keys that hang on it. */
  private boolean writeAttached(long leaseId) {
    if (!isRoot()) {
      leases.keys(leaseId).forEach(key -> write(KeyRange.single(key)));
    }
    return anyUser();
  }

  private boolean readAttached(long leaseId) {
    if (!isRoot()) {
      leases.keys(leaseId).forEach(key -> read(KeyRange.single(key)));
    }
    return anyUser();
  }

  private void readAndWrite(Bytes key) {
    KeyRange keys = KeyRange.single(key);
    read(keys);
    write(keys);
  }

  /** Requests to a member, commands in the log, and parts of transactions: many are all three. */
  private final class Rules
      implements Command.Visitor<Boolean>, Request.Visitor<Boolean>, Command.Op.Visitor<Boolean> {
    @Override
    public Boolean range(Command.Range range) {
      return read(range.range());
    }

    @Override
    public Boolean put(Command.Put put) {
      KeyRange key = KeyRange.single(put.key());
      write(key);
      writeAttached(put.lease());
      return !put.prevKv() || read(key);
    }

    @Override
    public Boolean delete(Command.DeleteRange delete) {
      return deleteRange(delete);
    }

    @Override
    public Boolean deleteRange(Command.DeleteRange delete) {
      write(delete.range());
      return !delete.prevKv() || read(delete.range());
    }

    /** Both branches: which one is taken must not tell anything. */
    @Override
    public Boolean txn(Command.Txn txn) {
      txn.compares().forEach(compare -> read(compare.range()));
      txn.success().forEach(op -> op.accept(this));
      txn.failure().forEach(op -> op.accept(this));
      return anyUser();
    }

    /** A counter is read and written; so is the slot, which answers with what is in it. */
    @Override
    public Boolean count(Command.Count count) {
      if (!count.slot().isEmpty()) {
        readAndWrite(count.slot());
      }
      count.ops().forEach(op -> readAndWrite(op.key()));
      return writeAttached(count.lease());
    }

    @Override
    public Boolean compact(Command.Compact compact) {
      return root();
    }

    @Override
    public Boolean leaseGrant(Command.LeaseGrant grant) {
      return anyUser();
    }

    @Override
    public Boolean leaseGrantMillis(Command.LeaseGrantMillis grant) {
      return anyUser();
    }

    @Override
    public Boolean leaseRevoke(Command.LeaseRevoke revoke) {
      return writeAttached(revoke.id());
    }

    @Override
    public Boolean leaseKeepAlive(Request.LeaseKeepAlive renewal) {
      return writeAttached(renewal.id());
    }

    @Override
    public Boolean leaseTimeToLive(Request.LeaseTimeToLive lease) {
      return lease.withKeys() ? readAttached(lease.id()) : anyUser();
    }

    @Override
    public Boolean leases(Request.Leases all) {
      if (!isRoot()) {
        leases.leases().forEach(Rights.this::readAttached);
      }
      return anyUser();
    }

    @Override
    public Boolean memberList(Request.MemberList members) {
      return anyUser();
    }

    @Override
    public Boolean memberAdd(Request.MemberAdd add) {
      return root();
    }

    @Override
    public Boolean memberRemove(Request.MemberRemove remove) {
      return root();
    }

    @Override
    public Boolean memberUpdate(Command.MemberUpdate update) {
      return root();
    }

    @Override
    public Boolean memberPromote(Request.MemberPromote promote) {
      return root();
    }

    @Override
    public Boolean alarm(Command.Alarm alarm) {
      return alarm.action() == Command.AlarmAction.GET ? anyUser() : root();
    }

    @Override
    public Boolean status(Request.Status status) {
      return anyUser();
    }

    @Override
    public Boolean hashKv(Request.HashKv hash) {
      return root();
    }

    @Override
    public Boolean defragment(Request.Defragment defragment) {
      return root();
    }

    @Override
    public Boolean moveLeader(Request.MoveLeader move) {
      return root();
    }

    /** Everything about users and roles, see {@link AuthChange}. */
    @Override
    public Boolean auth(Command.Auth auth) {
      return root();
    }

    @Override
    public Boolean downgrade(Request.Downgrade downgrade) {
      return root();
    }

    @Override
    public Boolean authStatus(Request.AuthStatus status) {
      return true;
    }

    @Override
    public Boolean authenticate(Request.Authenticate login) {
      return true;
    }

    /** Everybody may see their own roles. */
    @Override
    public Boolean userGet(Request.UserGet user) {
      return user.name().equals(name(caller)) || root();
    }

    @Override
    public Boolean userList(Request.UserList users) {
      return root();
    }

    /** Everybody may see the permissions of the roles they have. */
    @Override
    public Boolean roleGet(Request.RoleGet role) {
      String name = name(caller);
      User user = name == null ? null : auth.user(name);
      return (user != null && user.roles().contains(role.name())) || root();
    }

    @Override
    public Boolean roleList(Request.RoleList roles) {
      return root();
    }

    // ---- commands that are no requests

    @Override
    public Boolean leaseExpire(Command.LeaseExpire expire) {
      return nodeOnly();
    }

    @Override
    public Boolean memberPublish(Command.MemberPublish publish) {
      return nodeOnly();
    }

    @Override
    public Boolean raiseLevel(Command.RaiseLevel raise) {
      return nodeOnly();
    }

    @Override
    public Boolean login(Command.Login login) {
      return nodeOnly();
    }
  }
}
