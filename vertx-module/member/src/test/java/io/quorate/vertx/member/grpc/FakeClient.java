package io.quorate.vertx.member.grpc;

import io.quorate.auth.AuthState;
import io.quorate.command.AuthChange;
import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.Event;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Member;
import io.quorate.command.PairSizer;
import io.quorate.command.Password;
import io.quorate.command.Request;
import io.quorate.command.Result;
import io.quorate.command.Result.HashedKv;
import io.quorate.command.Result.LeaseTime;
import io.quorate.command.Result.MemberStatus;
import io.quorate.command.Role;
import io.quorate.command.User;
import io.quorate.command.WatchResponse;
import io.quorate.command.WatchSpec;
import io.quorate.vertx.client.Answering;
import io.quorate.vertx.member.store.MemberStore;
import io.quorate.vertx.member.store.RangeAnswer;
import io.quorate.vertx.member.store.SnapshotSource;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory that is complete enough for a real client: no history below the newest revision
 * except for watches, no expiry. A test may change its status, and the failure that all requests
 * have. Any thread.
 */
public final class FakeClient implements MemberStore, Answering {
  public static final long CLUSTER_ID = 0xcdf8_1819_4e3a_8c32L;
  public static final long MEMBER_ID = 0x8e9e_05c5_2164_694dL;

  private final NavigableMap<Bytes, KeyValue> keys = new TreeMap<>();
  private final List<Event> history = new ArrayList<>();
  private final Map<Long, Long> leases = new LinkedHashMap<>();
  private final List<Member> members = new ArrayList<>();
  private final List<Channel> channels = new CopyOnWriteArrayList<>();
  private final List<Promise<LeaseTime>> heldRenewals = new ArrayList<>();
  private AuthState users = AuthState.INITIAL;
  private long revision = 1;
  private long nextLease = 7_000;

  public volatile long leader = MEMBER_ID;
  public volatile boolean learner;
  public volatile List<Result.AlarmMember> alarms = List.of();

  /** The failure of all requests, if not null. */
  public volatile @Nullable Throwable failure;

  /** Puts are neither executed nor answered. */
  public volatile boolean stuck;

  /** Renewals are only answered by {@link #answerRenewal}. */
  public volatile boolean holdRenewals;

  /** If not null, ranges are answered once it is completed. */
  public volatile @Nullable Promise<Void> heldRanges;

  /** If not null, transactions are executed at once and answered when it is completed. */
  public volatile @Nullable Promise<Void> heldTxns;

  /** If not null, the answer to all ranges. */
  public volatile RangeAnswer.@Nullable Pieces pieces;

  /** The answer to all requests for a snapshot. */
  public volatile Future<SnapshotSource> snapshot =
      Future.failedFuture(EtcdError.TOO_MANY_REQUESTS.exception());

  /** Whether the caller of the last request still waits. */
  public volatile BooleanSupplier wanted = () -> true;

  /** Number of requested ranges. */
  public final AtomicInteger ranges = new AtomicInteger();

  /** Number of executed transactions. */
  public final AtomicInteger txns = new AtomicInteger();

  public FakeClient() {
    members.add(
        new Member(
            MEMBER_ID,
            "default",
            List.of("http://localhost:2380"),
            List.of("http://localhost:2379"),
            false));
  }

  public List<Channel> channels() {
    return channels;
  }

  /** The keys that exist, in their order. */
  public synchronized List<String> keys() {
    return keys.keySet().stream().map(Bytes::utf8).toList();
  }

  private <T> @Nullable Future<T> failed() {
    Throwable e = failure;
    return e == null ? null : Future.failedFuture(e);
  }

  @Override
  public MemberStore onBehalfOf(Object line, BooleanSupplier wanted) {
    this.wanted = wanted;
    return this;
  }

  @Override
  public <R> Future<R> ask(Request<R> request) {
    return answer(request);
  }

  @Override
  public Future<RangeAnswer> read(Command.Range range, PairSizer sizer) {
    RangeAnswer.Pieces instead = pieces;
    return instead != null ? Future.succeededFuture(instead) : MemberStore.super.read(range, sizer);
  }

  @Override
  public Future<SnapshotSource> snapshot(String clusterVersion, String storageVersion) {
    return snapshot;
  }

  @Override
  public synchronized Future<Result.Ranged> range(Command.Range r) {
    Future<Result.Ranged> failed = failed();
    if (failed != null) {
      return failed;
    }
    if (r.range().start().isEmpty()) {
      return Future.failedFuture(EtcdError.EMPTY_KEY.exception());
    }
    if (r.revision() > revision) {
      return Future.failedFuture(EtcdError.FUTURE_REV.exception());
    }
    ranges.incrementAndGet();
    Promise<Void> held = heldRanges;
    return held == null ? Future.succeededFuture(ranged(r)) : held.future().map(v -> ranged(r));
  }

  private Result.Ranged ranged(Command.Range r) {
    List<KeyValue> all = in(r.range());
    if (r.maxCreateRevision() > 0) {
      all.removeIf(kv -> kv.createRevision() > r.maxCreateRevision());
    }
    if (r.sortTarget() == Command.SortTarget.CREATE) {
      all.sort(Comparator.comparingLong(KeyValue::createRevision));
    }
    if (r.sortOrder() == Command.SortOrder.DESCEND) {
      Collections.reverse(all);
    }
    boolean more = r.limit() > 0 && all.size() > r.limit();
    List<KeyValue> kvs = more ? all.subList(0, (int) r.limit()) : all;
    if (r.keysOnly()) {
      kvs = kvs.stream().map(KeyValue::withoutValue).toList();
    }
    return new Result.Ranged(revision, r.countOnly() ? List.of() : kvs, more, all.size());
  }

  private List<KeyValue> in(KeyRange range) {
    return new ArrayList<>(keys.values().stream().filter(kv -> range.contains(kv.key())).toList());
  }

  @Override
  public synchronized Future<Result.Putted> put(Command.Put put) {
    Future<Result.Putted> failed = failed();
    if (failed != null) {
      return failed;
    }
    if (stuck) {
      return Promise.<Result.Putted>promise().future();
    }
    if (put.key().isEmpty()) {
      return Future.failedFuture(EtcdError.EMPTY_KEY.exception());
    }
    revision++;
    List<Event> events = new ArrayList<>();
    Result.Putted done = put(put, events);
    publish(events);
    return Future.succeededFuture(done);
  }

  private Result.Putted put(Command.Put put, List<Event> events) {
    KeyValue old = keys.get(put.key());
    KeyValue kv =
        new KeyValue(
            put.key(),
            put.value(),
            old == null ? revision : old.createRevision(),
            revision,
            old == null ? 1 : old.version() + 1,
            put.lease());
    keys.put(put.key(), kv);
    events.add(new Event(Event.Type.PUT, kv, old));
    return new Result.Putted(revision, put.prevKv() ? old : null);
  }

  @Override
  public synchronized Future<Result.Deleted> delete(Command.DeleteRange delete) {
    List<Event> events = new ArrayList<>();
    revision++;
    Result.Deleted done = delete(delete, events);
    if (events.isEmpty()) {
      revision--;
      return Future.succeededFuture(new Result.Deleted(revision, 0, List.of()));
    }
    publish(events);
    return Future.succeededFuture(done);
  }

  private Result.Deleted delete(Command.DeleteRange delete, List<Event> events) {
    List<KeyValue> gone = in(delete.range());
    for (KeyValue kv : gone) {
      keys.remove(kv.key());
      events.add(new Event(Event.Type.DELETE, KeyValue.tombstone(kv.key(), revision), kv));
    }
    return new Result.Deleted(revision, gone.size(), delete.prevKv() ? gone : List.of());
  }

  @Override
  public synchronized Future<Result.TxnDone> txn(Command.Txn txn) {
    Future<Result.TxnDone> failed = failed();
    if (failed != null) {
      return failed;
    }
    for (Command.Op op : txn.success()) {
      if (op instanceof Command.Put put && put.lease() != 0 && !leases.containsKey(put.lease())) {
        return Future.failedFuture(EtcdError.LEASE_NOT_FOUND.exception());
      }
    }
    long before = revision;
    revision++;
    List<Event> events = new ArrayList<>();
    Result.TxnDone done = txn(txn, events);
    if (events.isEmpty()) {
      revision = before;
    } else {
      publish(events);
    }
    Result.TxnDone answer = new Result.TxnDone(revision, done.succeeded(), done.responses());
    txns.incrementAndGet();
    Promise<Void> held = heldTxns;
    return held == null ? Future.succeededFuture(answer) : later(held, answer);
  }

  /** As a real store does it: on the context of the caller. */
  private static <T> Future<T> later(Promise<Void> held, T answer) {
    Context caller = Objects.requireNonNull(Vertx.currentContext());
    Promise<T> promise = Promise.promise();
    held.future().onComplete(v -> caller.runOnContext(w -> promise.complete(answer)));
    return promise.future();
  }

  private Result.TxnDone txn(Command.Txn txn, List<Event> events) {
    boolean succeeded = txn.compares().stream().allMatch(this::holds);
    List<Result.OpResult> results = new ArrayList<>();
    for (Command.Op op : succeeded ? txn.success() : txn.failure()) {
      if (op instanceof Command.Range r) {
        results.add(ranged(r));
      } else if (op instanceof Command.Put p) {
        results.add(put(p, events));
      } else if (op instanceof Command.DeleteRange d) {
        results.add(delete(d, events));
      } else if (op instanceof Command.Txn t) {
        results.add(txn(t, events));
      }
    }
    return new Result.TxnDone(0, succeeded, results);
  }

  private boolean holds(Command.Compare c) {
    KeyValue kv = keys.get(c.range().start());
    int order;
    if (c.target() == Command.CompareTarget.VALUE) {
      if (kv == null) {
        return false;
      }
      order = kv.value().compareTo(c.value());
    } else {
      long number =
          kv == null
              ? 0
              : switch (c.target()) {
                case VERSION -> kv.version();
                case CREATE -> kv.createRevision();
                case MOD -> kv.modRevision();
                case LEASE -> kv.lease();
                case VALUE -> throw new IllegalStateException();
              };
      order = Long.compare(number, c.number());
    }
    return switch (c.result()) {
      case EQUAL -> order == 0;
      case NOT_EQUAL -> order != 0;
      case GREATER -> order > 0;
      case LESS -> order < 0;
    };
  }

  private void publish(List<Event> events) {
    history.addAll(events);
    channels.forEach(c -> c.publish(events));
  }

  @Override
  public Future<Result.Compacted> compact(Command.Compact compact) {
    return compact.revision() > revision
        ? Future.failedFuture(EtcdError.FUTURE_REV.exception())
        : Future.succeededFuture(new Result.Compacted(revision));
  }

  @Override
  public synchronized Future<Result.LeaseGranted> leaseGrant(Command.LeaseGrant grant) {
    long ttlSeconds = grant.ttlSeconds();
    long granted = grant.id() == 0 ? nextLease++ : grant.id();
    if (leases.putIfAbsent(granted, Math.max(2, ttlSeconds)) != null) {
      return Future.failedFuture(EtcdError.LEASE_EXIST.exception());
    }
    return Future.succeededFuture(
        new Result.LeaseGranted(revision, granted, Math.max(2, ttlSeconds)));
  }

  @Override
  public Future<Result.LeaseGranted> leaseGrantMillis(Command.LeaseGrantMillis grant) {
    return leaseGrant(grant.id(), (grant.ttlMillis() + 999) / 1_000);
  }

  @Override
  public Future<Result.Counted> count(Command.Count count) {
    return Future.failedFuture(new UnsupportedOperationException("counters"));
  }

  @Override
  public synchronized Future<Result.LeaseRevoked> leaseRevoke(Command.LeaseRevoke revoke) {
    long id = revoke.id();
    if (leases.remove(id) == null) {
      return Future.failedFuture(EtcdError.LEASE_NOT_FOUND.exception());
    }
    List<Event> events = new ArrayList<>();
    revision++;
    for (KeyValue kv : List.copyOf(keys.values())) {
      if (kv.lease() == id) {
        delete(new Command.DeleteRange(KeyRange.single(kv.key()), false), events);
      }
    }
    if (events.isEmpty()) {
      revision--;
    } else {
      publish(events);
    }
    return Future.succeededFuture(new Result.LeaseRevoked(revision));
  }

  @Override
  public synchronized Future<LeaseTime> leaseKeepAlive(Request.LeaseKeepAlive renewal) {
    long id = renewal.id();
    if (holdRenewals) {
      Promise<LeaseTime> promise = Promise.promise();
      heldRenewals.add(promise);
      return promise.future();
    }
    return Future.succeededFuture(time(id, leases.getOrDefault(id, 0L)));
  }

  /** Answers the renewal with the given index in the order of the requests. */
  public void answerRenewal(int index, long id) {
    Promise<LeaseTime> promise;
    synchronized (this) {
      promise = heldRenewals.get(index);
    }
    promise.complete(time(id, id));
  }

  public synchronized int renewals() {
    return heldRenewals.size();
  }

  private LeaseTime time(long id, long ttlSeconds) {
    return new LeaseTime(revision, id, ttlSeconds, ttlSeconds, List.of());
  }

  @Override
  public synchronized Future<LeaseTime> leaseTimeToLive(Request.LeaseTimeToLive lease) {
    long id = lease.id();
    Long ttl = leases.get(id);
    if (ttl == null) {
      return Future.succeededFuture(new LeaseTime(revision, id, -1, 0, List.of()));
    }
    List<Bytes> attached = new ArrayList<>();
    for (KeyValue kv : keys.values()) {
      if (lease.withKeys() && kv.lease() == id) {
        attached.add(kv.key());
      }
    }
    return Future.succeededFuture(new LeaseTime(revision, id, ttl - 1, ttl, attached));
  }

  @Override
  public synchronized Future<List<Long>> leases(Request.Leases all) {
    return Future.succeededFuture(List.copyOf(leases.keySet()));
  }

  @Override
  public synchronized WatchChannel watch(Handler<WatchResponse> handler) {
    Channel channel = new Channel(handler);
    channels.add(channel);
    return channel;
  }

  @Override
  public synchronized Future<Result.Members> memberList(Request.MemberList list) {
    return Future.succeededFuture(new Result.Members(null, members));
  }

  @Override
  public synchronized Future<Result.Members> memberAdd(Request.MemberAdd add) {
    Member added = new Member(members.size(), "", add.peerUrls(), List.of(), add.isLearner());
    members.add(added);
    return Future.succeededFuture(new Result.Members(added, members));
  }

  @Override
  public synchronized Future<Result.Members> memberRemove(Request.MemberRemove remove) {
    return members.removeIf(m -> m.id() == remove.id())
        ? memberList(true)
        : Future.failedFuture(EtcdError.MEMBER_NOT_FOUND.exception());
  }

  @Override
  public Future<Result.Members> memberUpdate(Command.MemberUpdate update) {
    return memberList(true);
  }

  @Override
  public Future<Result.Members> memberPromote(Request.MemberPromote promote) {
    return Future.failedFuture(EtcdError.MEMBER_NOT_LEARNER.exception());
  }

  @Override
  public Future<Result.Alarms> alarm(Command.Alarm alarm) {
    if (alarm.action() == Command.AlarmAction.ACTIVATE) {
      alarms = List.of(new Result.AlarmMember(alarm.memberId(), alarm.type()));
    }
    return Future.succeededFuture(new Result.Alarms(revision, alarms));
  }

  @Override
  public Future<MemberStatus> status(Request.Status status) {
    return Future.succeededFuture(memberStatus());
  }

  @Override
  public synchronized MemberStatus memberStatus() {
    return new MemberStatus(
        CLUSTER_ID,
        MEMBER_ID,
        leader,
        3,
        42,
        41,
        revision,
        4_096,
        2_048,
        2_147_483_648L,
        learner,
        alarms,
        true);
  }

  @Override
  public synchronized Future<HashedKv> hashKv(Request.HashKv hash) {
    return Future.succeededFuture(
        new HashedKv(revision, -5, -1, hash.revision() == 0 ? revision : hash.revision()));
  }

  @Override
  public Future<Void> defragment(Request.Defragment defragment) {
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> moveLeader(Request.MoveLeader move) {
    return move.targetId() == MEMBER_ID
        ? Future.succeededFuture()
        : Future.failedFuture(EtcdError.BAD_LEADER_TRANSFEREE.exception());
  }

  @Override
  public Future<Result.ClusterVersion> downgrade(Request.Downgrade downgrade) {
    return Future.succeededFuture(new Result.ClusterVersion(revision, "3.7"));
  }

  // ---- users and roles: kept and shown, and nobody is checked

  @Override
  public synchronized Future<Result.Done> auth(Command.Auth auth) {
    AuthChange change = auth.change();
    if (change instanceof AuthChange.UserAdd add
        && add.password() instanceof Password.Plain plain) {
      change = new AuthChange.UserAdd(add.name(), new Password.Hashed(plain.text()));
    } else if (change instanceof AuthChange.UserChangePassword other
        && other.password() instanceof Password.Plain plain) {
      change = new AuthChange.UserChangePassword(other.name(), new Password.Hashed(plain.text()));
    }
    try {
      users = users.with(change);
      return Future.succeededFuture(new Result.Done(revision));
    } catch (EtcdException e) {
      return Future.failedFuture(e);
    }
  }

  @Override
  public synchronized Future<Result.AuthStatus> authStatus(Request.AuthStatus status) {
    return Future.succeededFuture(
        new Result.AuthStatus(revision, users.isEnabled(), users.revision()));
  }

  @Override
  public synchronized Future<Result.Authenticated> authenticate(Request.Authenticate login) {
    User user = users.user(login.name());
    return user != null && user.passwordHash().equals(login.password().text())
        ? Future.succeededFuture(new Result.Authenticated(revision, "token of " + login.name()))
        : Future.failedFuture(EtcdError.AUTH_FAILED.exception());
  }

  @Override
  public synchronized Future<Result.UserRoles> userGet(Request.UserGet asked) {
    User user = users.user(asked.name());
    return user == null
        ? Future.failedFuture(EtcdError.USER_NOT_FOUND.exception())
        : Future.succeededFuture(new Result.UserRoles(revision, user.roles()));
  }

  @Override
  public synchronized Future<Result.Names> userList(Request.UserList asked) {
    return Future.succeededFuture(new Result.Names(revision, List.copyOf(users.users().keySet())));
  }

  @Override
  public synchronized Future<Result.RolePermissions> roleGet(Request.RoleGet asked) {
    Role role = users.role(asked.name());
    return role == null
        ? Future.failedFuture(EtcdError.ROLE_NOT_FOUND.exception())
        : Future.succeededFuture(new Result.RolePermissions(revision, role.permissions()));
  }

  @Override
  public synchronized Future<Result.Names> roleList(Request.RoleList asked) {
    return Future.succeededFuture(new Result.Names(revision, List.copyOf(users.roles().keySet())));
  }

  /** A watch stream; a test may {@link #send} further responses. */
  public final class Channel implements WatchChannel {
    private final Handler<WatchResponse> handler;
    private final @Nullable Context context = Vertx.currentContext();
    private final Map<Long, WatchSpec> watchers = new LinkedHashMap<>();
    private long nextId;

    public volatile boolean closed;
    public volatile boolean paused;
    public volatile int progressTicks;

    private Channel(Handler<WatchResponse> handler) {
      this.handler = handler;
    }

    public void send(WatchResponse response) {
      Context home = context;
      if (home == null) {
        throw new IllegalStateException("opened outside of a context");
      }
      home.runOnContext(
          v -> {
            if (!closed) {
              handler.handle(response);
            }
          });
    }

    @Override
    public void create(WatchSpec spec) {
      synchronized (FakeClient.this) {
        long id = spec.watchId() != 0 ? spec.watchId() : nextId++;
        if (watchers.containsKey(id)) {
          send(
              new WatchResponse.Refused(
                  -1, revision, "mvcc: duplicate watch ID provided on the WatchStream"));
          return;
        }
        watchers.put(id, spec);
        send(new WatchResponse.Created(id, revision));
        if (spec.startRevision() > 0) {
          List<Event> past =
              history.stream().filter(e -> e.kv().modRevision() >= spec.startRevision()).toList();
          deliver(id, spec, past);
        }
      }
    }

    private void publish(List<Event> events) {
      watchers.forEach((id, spec) -> deliver(id, spec, events));
    }

    private void deliver(long id, WatchSpec spec, List<Event> events) {
      List<Event> matching = new ArrayList<>();
      for (Event e : events) {
        boolean filtered = e.type() == Event.Type.PUT ? spec.noPut() : spec.noDelete();
        if (spec.range().contains(e.kv().key()) && !filtered) {
          matching.add(spec.prevKv() ? e : new Event(e.type(), e.kv(), null));
        }
      }
      if (!matching.isEmpty()) {
        send(new WatchResponse.Events(id, revision, matching, spec.fragment()));
      }
    }

    @Override
    public void cancel(long watchId) {
      synchronized (FakeClient.this) {
        if (watchers.remove(watchId) != null) {
          send(new WatchResponse.Canceled(watchId, revision, 0));
        }
      }
    }

    @Override
    public void requestProgress() {
      synchronized (FakeClient.this) {
        if (!watchers.isEmpty()) {
          send(new WatchResponse.Progress(-1, revision));
        }
      }
    }

    @Override
    public void progressTick() {
      synchronized (FakeClient.this) {
        progressTicks++;
        watchers.forEach(
            (id, spec) -> {
              if (spec.progressNotify()) {
                send(new WatchResponse.Progress(id, revision));
              }
            });
      }
    }

    @Override
    public void pause() {
      paused = true;
    }

    @Override
    public void resume() {
      paused = false;
    }

    @Override
    public void close() {
      closed = true;
      channels.remove(this);
    }
  }
}
