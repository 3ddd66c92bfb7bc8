package io.quorate.vertx.member.embedded;

import io.quorate.apply.StateMachine;
import io.quorate.auth.AuthState;
import io.quorate.auth.Rights;
import io.quorate.command.AuthChange;
import io.quorate.command.Bytes;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.MemberChange;
import io.quorate.command.PairSizer;
import io.quorate.command.Password;
import io.quorate.command.Permission;
import io.quorate.command.Request;
import io.quorate.command.RequestKind;
import io.quorate.command.Result;
import io.quorate.command.Result.HashedKv;
import io.quorate.command.Result.LeaseTime;
import io.quorate.command.Result.MemberStatus;
import io.quorate.command.Role;
import io.quorate.command.User;
import io.quorate.command.Validation;
import io.quorate.command.WatchResponse;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.RangeScan;
import io.quorate.node.Callback;
import io.quorate.node.LeaseReply;
import io.quorate.node.NodeStatus;
import io.quorate.node.QuorateNode;
import io.quorate.node.SnapshotExports;
import io.quorate.snapshot.SnapshotWriter;
import io.quorate.vertx.client.Answering;
import io.quorate.vertx.client.api.EtcdVersion;
import io.quorate.vertx.member.auth.Authentication;
import io.quorate.vertx.member.auth.Credentials;
import io.quorate.vertx.member.store.MemberStore;
import io.quorate.vertx.member.store.RangeAnswer;
import io.quorate.vertx.member.store.SnapshotSource;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The store of a member in the same process. May be used on any context; see {@link MemberStore}.
 */
public final class EmbeddedStore implements MemberStore, Answering {
  /** An unbounded range of at most this many keys is read on the caller's event loop. */
  private static final int SMALL_RANGE_KEYS = 256;

  /** Larger answers are read and encoded piece by piece. */
  private static final long SMALL_ANSWER_BYTES = 64 << 10;

  /** Bound for keys and values in one answer that has to be in memory as a whole. */
  private static final long MAX_ANSWER_BYTES =
      Math.max(16L << 20, Runtime.getRuntime().maxMemory() / 8);

  private static final BooleanSupplier ALWAYS = () -> true;

  /** As etcd shows the permissions of the role root. */
  private static final List<Permission> ALL_RIGHTS =
      List.of(new Permission(Permission.Type.READWRITE, new KeyRange(Bytes.EMPTY, Bytes.ZERO)));

  private final QuorateNode node;
  private final Completions completions;
  private final AtomicLong leaseIds;
  private final Authentication authentication;
  private final Caller caller;

  /** To be looked at with each request; null if {@link #caller} is known to be right. */
  private final @Nullable Credentials credentials;

  private final Object readQueue;
  private final BooleanSupplier wanted;

  /**
   * @param vertx the Vert.x whose contexts the methods are called on
   */
  public EmbeddedStore(Vertx vertx, QuorateNode node, Authentication authentication) {
    this.node = node;
    this.authentication = authentication;
    this.completions = new Completions(vertx, node::fail);
    this.leaseIds =
        new AtomicLong(
            new SecureRandom().nextLong()); // random, since a member may have many clients
    this.caller = Caller.NOBODY;
    this.credentials = null;
    this.readQueue = this;
    this.wanted = ALWAYS;
  }

  private EmbeddedStore(
      EmbeddedStore parent,
      Caller caller,
      @Nullable Credentials credentials,
      Object readQueue,
      BooleanSupplier wanted) {
    this.node = parent.node;
    this.authentication = parent.authentication;
    this.credentials = credentials;
    this.completions = parent.completions;
    this.leaseIds = parent.leaseIds;
    this.caller = caller;
    this.readQueue = readQueue;
    this.wanted = wanted;
  }

  @Override
  public MemberStore onBehalfOf(Object readQueue, BooleanSupplier wanted) {
    return new EmbeddedStore(this, caller, credentials, readQueue, wanted);
  }

  @Override
  public MemberStore as(Caller asking) {
    return new EmbeddedStore(this, asking, null, readQueue, wanted);
  }

  @Override
  public MemberStore as(Credentials shown) {
    return new EmbeddedStore(this, shown.certificate(), shown, readQueue, wanted);
  }

  // ---- who asks

  /** This store with the caller whom the credentials stand for at this moment. */
  Future<EmbeddedStore> identified() {
    if (credentials == null) {
      return Future.succeededFuture(this);
    }
    Future<? extends Caller> found = authentication.callerOf(credentials);
    if (found.isComplete()) {
      return found.succeeded()
          ? Future.succeededFuture(new EmbeddedStore(this, found.result(), null, readQueue, wanted))
          : Future.failedFuture(found.cause());
    }
    return onContext(found)
        .map(someone -> new EmbeddedStore(this, someone, null, readQueue, wanted));
  }

  Caller caller() {
    return caller;
  }

  /** Completes on the caller's context. */
  private <T> Future<T> onContext(Future<T> elsewhere) {
    Promise<T> promise = completions.context().promise();
    elsewhere.onComplete(promise);
    return promise.future();
  }

  /** Whether callers are checked; while they are not, who asks is of no importance. */
  private boolean asksWho() {
    return node.auth().isEnabled();
  }

  /**
   * Whether a request may be made at all. Reads of keys are checked where they are made, and what
   * goes into the log where it is applied.
   */
  private <R> Future<R> answerIfAllowed(Request<R> request) {
    RequestKind kind = request.requestKind();
    if (kind.isCheckedHere()) {
      return this.<Boolean, Boolean>ask(
              (Callback<Boolean> callback) ->
                  node.withMachine(
                      machine -> {
                        machine.check(caller, request);
                        return true;
                      },
                      callback),
              allowed -> allowed)
          .compose(allowed -> answer(request));
    }
    return answer(request);
  }

  /**
   * Makes a read that the caller is allowed to make, and takes it back if users or roles have
   * changed meanwhile: what was read may be newer than the right to read it.
   */
  private <T> Future<T> readAs(Request<?> request, Supplier<Future<T>> read) {
    AuthState auth = node.auth();
    if (!auth.isEnabled()) {
      return read.get();
    }
    Rights.check(auth, caller, request);
    return read.get()
        .map(
            result -> {
              if (node.auth().revision() == auth.revision()) {
                return result;
              }
              if (result instanceof RangeAnswer.Pieces pieces) {
                pieces.close();
              }
              throw EtcdError.AUTH_OLD_REVISION.exception();
            });
  }

  private <T, R> Future<R> ask(Consumer<Callback<T>> question, Function<T, R> mapping) {
    return completions.ask(question, mapping, wanted);
  }

  /** Runs {@code read} on the threads for reading, where it may block. */
  private <T> Future<T> onReaders(Supplier<T> read) {
    return ask(
        (Callback<T> callback) ->
            node.read(
                readQueue,
                () -> {
                  if (!callback.isWanted()) {
                    callback.fail(EtcdError.TIMEOUT);
                    return;
                  }
                  T result;
                  try {
                    result = read.get();
                  } catch (EtcdException e) {
                    callback.fail(e.error());
                    return;
                  } catch (CancellationException e) {
                    callback.fail(EtcdError.TIMEOUT);
                    return;
                  } catch (RuntimeException | Error e) {
                    callback.fail(EtcdError.STOPPED);
                    throw e;
                  }
                  callback.complete(result);
                },
                () -> callback.fail(EtcdError.STOPPED)),
        Function.identity());
  }

  @Override
  public <R> Future<R> ask(Request<R> request) {
    if (!asksWho()) {
      return answer(request);
    }
    return identified().compose(self -> self.answerIfAllowed(request));
  }

  /** For those only who may do everything, as it holds everything. */
  @Override
  public Future<SnapshotSource> snapshot(String clusterVersion, String storageVersion) {
    if (!asksWho()) {
      return export(clusterVersion, storageVersion);
    }
    return identified()
        .compose(
            self -> {
              Rights.checkRoot(node.auth(), self.caller);
              return self.export(clusterVersion, storageVersion);
            });
  }

  private Future<SnapshotSource> export(String clusterVersion, String storageVersion) {
    ContextInternal context = completions.context();
    Completions.Lane lane = completions.lane(context);
    Promise<SnapshotSource> made = context.promise();
    node.snapshotExports()
        .make(
            readQueue,
            new SnapshotWriter.Versions(clusterVersion, storageVersion),
            wanted,
            new SnapshotExports.Receiver() {
              @Override
              public void made(SnapshotExports.Export file) {
                lane.run(() -> made.complete(new ExportSource(file, new ExportReaders())));
              }

              @Override
              public void failed(Exception reason) {
                lane.run(() -> made.fail(reason));
              }
            });
    return made.future();
  }

  /** Reads of a file: whether they succeed is the business of the caller alone. */
  private final class ExportReaders implements ExportSource.Readers {
    @Override
    public Future<Bytes> read(Callable<Bytes> read) {
      ContextInternal context = completions.context();
      Completions.Lane lane = completions.lane(context);
      Promise<Bytes> promise = context.promise();
      node.read(
          readQueue,
          () -> {
            try {
              Bytes bytes = read.call();
              lane.run(() -> promise.complete(bytes));
            } catch (Exception e) {
              lane.run(() -> promise.fail(e));
            }
          },
          () -> lane.run(() -> promise.fail(EtcdError.STOPPED.exception())));
      return promise.future();
    }

    @Override
    public void run(Runnable task) {
      node.read(readQueue, task, task);
    }
  }

  // ---- key-value

  @Override
  public Future<Result.Ranged> range(Command.Range range) {
    return whenReadable(
        range,
        () -> {
          Result.Ranged small = fromMemory(range);
          return small != null
              ? Future.succeededFuture(small)
              : onReaders(() -> readAsAWhole(range));
        });
  }

  @Override
  public Future<RangeAnswer> read(Command.Range range, PairSizer sizer) {
    if (credentials != null && asksWho()) {
      return identified().compose(self -> self.read(range, sizer));
    }
    return whenReadable(
        range,
        () -> {
          Result.Ranged small = fromMemory(range);
          if (small != null) {
            return Future.succeededFuture(new RangeAnswer.Whole(small));
          }
          if (range.sortTarget() == Command.SortTarget.VALUE) {
            return onReaders(() -> new RangeAnswer.Whole(readAsAWhole(range)));
          }
          return onReaders(() -> node.kv().scan(range, sizer, wanted)).map(ScanPieces::new);
        });
  }

  private <T> Future<T> whenReadable(Command.Range range, Supplier<Future<T>> read) {
    try {
      Validation.check(range);
    } catch (EtcdException e) {
      return Future.failedFuture(e);
    }
    Supplier<Future<T>> now =
        () -> {
          try {
            return readAs(range, read);
          } catch (EtcdException e) {
            return Future.failedFuture(e);
          }
        };
    return range.serializable() ? now.get() : linearizable().compose(index -> now.get());
  }

  private Future<Long> linearizable() {
    return ask(node::readIndex, Function.<Long>identity());
  }

  /** The answer, if it can be read without blocking; else null. */
  private Result.@Nullable Ranged fromMemory(Command.Range range) {
    KvStore kv = node.kv();
    boolean small =
        range.range().isSingle()
            || (range.limit() > 0 && range.limit() <= SMALL_RANGE_KEYS)
            || kv.keyCount() <= SMALL_RANGE_KEYS;
    return small ? kv.rangeFromMemory(range, SMALL_ANSWER_BYTES) : null;
  }

  private Result.Ranged readAsAWhole(Command.Range range) {
    KvStore kv = node.kv();
    refuseIfTooLarge(kv.rangeBytes(range, wanted));
    return kv.range(range);
  }

  private static void refuseIfTooLarge(long bytes) {
    if (bytes > MAX_ANSWER_BYTES) {
      throw EtcdError.ANSWER_TOO_LARGE.exception();
    }
  }

  @Override
  public Future<Long> answerBytes(Command.Op op) {
    if (asksWho() && op instanceof Request<?> request) {
      return identified()
          .compose(self -> self.requireAllowed(request))
          .compose(allowed -> estimatedBytes(op));
    }
    return estimatedBytes(op);
  }

  /**
   * Nothing is looked up for somebody who will be refused. That this member does not know yet what
   * they may do is no reason to refuse them, so it catches up first.
   */
  private Future<Boolean> requireAllowed(Request<?> request) {
    return isAllowed(request)
        ? Future.succeededFuture(true)
        : linearizable()
            .map(
                index -> {
                  Rights.check(node.auth(), caller, request);
                  return true;
                });
  }

  private boolean isAllowed(Request<?> request) {
    try {
      Rights.check(node.auth(), caller, request);
      return true;
    } catch (EtcdException refused) {
      return false;
    }
  }

  private Future<Long> estimatedBytes(Command.Op op) {
    if (!ReadSize.needsScan(op)) {
      try {
        long bytes = ReadSize.bytes(node.kv(), op, wanted);
        refuseIfTooLarge(bytes);
        return Future.succeededFuture(bytes);
      } catch (EtcdException e) {
        return Future.failedFuture(e);
      }
    }
    return onReaders(
        () -> {
          long bytes = ReadSize.bytes(node.kv(), op, wanted);
          refuseIfTooLarge(bytes);
          return bytes;
        });
  }

  /** The pieces of a scan; a piece completes at once while its values are in memory. */
  private final class ScanPieces implements RangeAnswer.Pieces {
    private final RangeScan scan;

    ScanPieces(RangeScan scan) {
      this.scan = scan;
    }

    @Override
    public long revision() {
      return scan.revision();
    }

    @Override
    public long count() {
      return scan.count();
    }

    @Override
    public boolean more() {
      return scan.more();
    }

    @Override
    public long sizeBytes() {
      return scan.sizeBytes();
    }

    @Override
    public Future<List<KeyValue>> next(long maxBytes, int maxPairs) {
      List<KeyValue> pairs = scan.nextFromMemory(maxBytes, maxPairs);
      if (pairs != null) {
        return Future.succeededFuture(pairs);
      }
      return onReaders(() -> scan.next(maxBytes, maxPairs));
    }

    @Override
    public boolean isAtEnd() {
      return scan.isAtEnd();
    }

    @Override
    public void close() {
      scan.close();
    }
  }

  @Override
  public Future<Result.Putted> put(Command.Put put) {
    return propose(put, Result.Putted.class);
  }

  @Override
  public Future<Result.Deleted> delete(Command.DeleteRange delete) {
    return estimatedBytes(delete).compose(bytes -> propose(delete, Result.Deleted.class));
  }

  @Override
  public Future<Result.TxnDone> txn(Command.Txn txn) {
    try {
      Validation.check(txn, node.config().maxTxnOps());
    } catch (EtcdException e) {
      return Future.failedFuture(e);
    }
    if (!txn.isReadOnly()) {
      return estimatedBytes(txn).compose(bytes -> propose(txn, Result.TxnDone.class));
    }
    Future<Long> when = txn.isSerializable() ? Future.succeededFuture(0L) : linearizable();
    return when.compose(
        index ->
            readAs(
                txn,
                () ->
                    estimatedBytes(txn)
                        .compose(bytes -> onReaders(() -> StateMachine.read(node.kv(), txn)))));
  }

  @Override
  public Future<Result.Counted> count(Command.Count count) {
    return propose(count, Result.Counted.class);
  }

  @Override
  public Future<Result.Compacted> compact(Command.Compact compact) {
    Future<Result.Compacted> compacted = propose(compact, Result.Compacted.class);
    if (!compact.physical()) {
      return compacted;
    }
    return compacted.compose(
        result -> ask((Callback<Boolean> done) -> node.swept(done), swept -> result));
  }

  private <T extends Result> Future<T> propose(Command command, Class<T> type) {
    return ask((Callback<Result> callback) -> node.propose(caller, command, callback), type::cast);
  }

  // ---- leases

  @Override
  public Future<Result.LeaseGranted> leaseGrant(Command.LeaseGrant grant) {
    return propose(
        new Command.LeaseGrant(
            chosen(grant.id()), Math.max(grant.ttlSeconds(), node.config().minLeaseTtlSeconds())),
        Result.LeaseGranted.class);
  }

  @Override
  public Future<Result.LeaseGranted> leaseGrantMillis(Command.LeaseGrantMillis grant) {
    return propose(
        new Command.LeaseGrantMillis(chosen(grant.id()), Math.max(1, grant.ttlMillis())),
        Result.LeaseGranted.class);
  }

  private long chosen(long leaseId) {
    return leaseId == 0 ? nextLeaseId() : leaseId;
  }

  /**
   * The next lease id: positive, scattered, never 0. A bijection of a counter with a random start.
   */
  private long nextLeaseId() {
    long z = leaseIds.incrementAndGet() * 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return Math.max(1, (z ^ (z >>> 31)) & Long.MAX_VALUE);
  }

  @Override
  public Future<Result.LeaseRevoked> leaseRevoke(Command.LeaseRevoke revoke) {
    return propose(revoke, Result.LeaseRevoked.class);
  }

  @Override
  public Future<LeaseTime> leaseKeepAlive(Request.LeaseKeepAlive renewal) {
    long id = renewal.id();
    long revision = node.kv().revision();
    return ask(
        (Callback<LeaseReply> callback) -> node.keepAlive(caller, id, callback),
        reply ->
            new LeaseTime(revision, id, reply.ttlSeconds(), reply.grantedTtlSeconds(), List.of()));
  }

  @Override
  public Future<LeaseTime> leaseTimeToLive(Request.LeaseTimeToLive lease) {
    long id = lease.id();
    Future<LeaseTime> time =
        ask(
            (Callback<LeaseReply> callback) -> node.timeToLive(caller, id, callback),
            reply ->
                new LeaseTime(
                    node.kv().revision(),
                    id,
                    reply.ttlSeconds(),
                    reply.grantedTtlSeconds(),
                    List.of()));
    if (!lease.withKeys()) {
      return time;
    }
    // the time comes from the leader; the keys are read here, once this member has applied as much
    return time.compose(
        t ->
            linearizable()
                .compose(
                    index ->
                        ask(
                            (Callback<List<Bytes>> callback) ->
                                node.withMachine(machine -> machine.leaseKeys(id), callback),
                            keys ->
                                new LeaseTime(
                                    t.revision(),
                                    id,
                                    t.ttlSeconds(),
                                    t.grantedTtlSeconds(),
                                    keys))));
  }

  @Override
  public Future<List<Long>> leases(Request.Leases all) {
    return ask(
        (Callback<List<Long>> callback) -> node.withMachine(machine -> machine.leases(), callback),
        leases -> leases);
  }

  // ---- watches

  @Override
  public WatchChannel watch(Handler<WatchResponse> handler) {
    ContextInternal context = completions.context();
    return new EmbeddedWatch(this, node, context, completions.lane(context), handler);
  }

  // ---- cluster

  @Override
  public Future<Result.Members> memberList(Request.MemberList members) {
    // a member that has just joined has no member list before the leader's snapshot has arrived
    boolean newcomer = node.members().members().isEmpty();
    Future<Long> when =
        members.linearizable() || newcomer ? linearizable() : Future.succeededFuture(0L);
    return when.map(index -> new Result.Members(null, node.members().members()));
  }

  @Override
  public Future<Result.Members> memberAdd(Request.MemberAdd add) {
    long id = MemberIds.addedMember(add.peerUrls(), System.currentTimeMillis() / 1_000);
    return change(new MemberChange.Add(id, add.peerUrls(), add.isLearner()));
  }

  @Override
  public Future<Result.Members> memberRemove(Request.MemberRemove remove) {
    return change(new MemberChange.Remove(remove.id()));
  }

  @Override
  public Future<Result.Members> memberUpdate(Command.MemberUpdate update) {
    return propose(update, Result.Members.class);
  }

  @Override
  public Future<Result.Members> memberPromote(Request.MemberPromote promote) {
    return change(new MemberChange.Promote(promote.id()));
  }

  private Future<Result.Members> change(MemberChange change) {
    return ask(
        (Callback<Result> callback) -> node.changeMembers(caller, change, callback),
        Result.Members.class::cast);
  }

  // ---- maintenance

  @Override
  public Future<Result.Alarms> alarm(Command.Alarm alarm) {
    return propose(alarm, Result.Alarms.class);
  }

  @Override
  public Future<MemberStatus> status(Request.Status status) {
    return Future.succeededFuture(memberStatus());
  }

  @Override
  public MemberStatus memberStatus() {
    NodeStatus status = node.status();
    return new MemberStatus(
        node.identity().clusterId(),
        node.identity().memberId(),
        status.leader(),
        status.term(),
        status.commit(),
        status.applied(),
        node.kv().revision(),
        node.sizeBytes(),
        node.sizeInUseBytes(),
        node.config().quotaBytes(),
        status.isLearner(),
        node.alarms(),
        node.isCaughtUp());
  }

  @Override
  public Future<HashedKv> hashKv(Request.HashKv asked) {
    return ask(
        (Callback<KvStore.KvHash> callback) -> node.hash(asked.revision(), callback),
        hash ->
            new HashedKv(
                node.kv().revision(), hash.hash(), hash.compactRevision(), hash.hashRevision()));
  }

  @Override
  public Future<Void> defragment(Request.Defragment defragment) {
    return this.<Boolean, Boolean>ask(node::defragment, done -> done).mapEmpty();
  }

  @Override
  public Future<Void> moveLeader(Request.MoveLeader move) {
    return this.<Long, Long>ask(
            (Callback<Long> callback) -> node.moveLeader(move.targetId(), callback),
            leader -> leader)
        .mapEmpty();
  }

  @Override
  public Future<Result.ClusterVersion> downgrade(Request.Downgrade downgrade) {
    if (downgrade.action() == Request.DowngradeAction.CANCEL) {
      return Future.succeededFuture(clusterVersion());
    }
    return linearizable()
        .map(
            index -> {
              Downgrades.check(EtcdVersion.CLUSTER, downgrade.version());
              if (downgrade.action() == Request.DowngradeAction.ENABLE) {
                throw EtcdError.NO_DOWNGRADE.exception();
              }
              return clusterVersion();
            });
  }

  private Result.ClusterVersion clusterVersion() {
    return new Result.ClusterVersion(
        node.kv().revision(), Downgrades.majorAndMinor(EtcdVersion.CLUSTER));
  }

  // ---- users and roles

  /** A password is hashed here, so that it does not go any further. */
  @Override
  public Future<Result.Done> auth(Command.Auth auth) {
    if (auth.change() instanceof AuthChange.UserAdd add
        && add.password() instanceof Password.Plain plain) {
      return hashed(auth, add.name(), plain)
          .compose(hash -> proposed(new AuthChange.UserAdd(add.name(), hash)));
    }
    if (auth.change() instanceof AuthChange.UserChangePassword change
        && change.password() instanceof Password.Plain plain) {
      return hashed(auth, change.name(), plain)
          .compose(hash -> proposed(new AuthChange.UserChangePassword(change.name(), hash)));
    }
    return proposed(auth.change());
  }

  private Future<Result.Done> proposed(AuthChange change) {
    return propose(new Command.Auth(change), Result.Done.class);
  }

  /** Hashing takes long, so it is done only for those who may make the change. */
  private Future<Password> hashed(Command.Auth auth, String user, Password.Plain plain) {
    return linearizable()
        .compose(
            index -> {
              Rights.check(node.auth(), caller, auth);
              return onContext(authentication.hash(user, plain.text()));
            })
        .map(Password.Hashed::new);
  }

  @Override
  public Future<Result.AuthStatus> authStatus(Request.AuthStatus status) {
    return authRead(
        status,
        (revision, auth) -> new Result.AuthStatus(revision, auth.isEnabled(), auth.revision()));
  }

  @Override
  public Future<Result.Authenticated> authenticate(Request.Authenticate login) {
    return onContext(authentication.login(login.name(), login.password().text()))
        .map(token -> new Result.Authenticated(node.kv().revision(), token));
  }

  @Override
  public Future<Result.UserRoles> userGet(Request.UserGet asked) {
    return authRead(
        asked,
        (revision, auth) -> {
          User user = auth.user(asked.name());
          if (user == null) {
            throw EtcdError.USER_NOT_FOUND.exception();
          }
          return new Result.UserRoles(revision, user.roles());
        });
  }

  @Override
  public Future<Result.Names> userList(Request.UserList users) {
    return authRead(
        users, (revision, auth) -> new Result.Names(revision, List.copyOf(auth.users().keySet())));
  }

  /** The role root has all rights there are, whatever permissions it was given. */
  @Override
  public Future<Result.RolePermissions> roleGet(Request.RoleGet asked) {
    return authRead(
        asked,
        (revision, auth) -> {
          Role role = auth.role(asked.name());
          if (role == null) {
            throw EtcdError.ROLE_NOT_FOUND.exception();
          }
          return new Result.RolePermissions(
              revision, role.name().equals(Role.ROOT) ? ALL_RIGHTS : role.permissions());
        });
  }

  @Override
  public Future<Result.Names> roleList(Request.RoleList roles) {
    return authRead(
        roles, (revision, auth) -> new Result.Names(revision, List.copyOf(auth.roles().keySet())));
  }

  /** As of a moment after this was called; checked by the users and roles of that moment. */
  private <T> Future<T> authRead(Request<T> request, BiFunction<Long, AuthState, T> answer) {
    return linearizable()
        .map(
            index -> {
              AuthState auth = node.auth();
              Rights.check(auth, caller, request);
              return answer.apply(node.kv().revision(), auth);
            });
  }
}
