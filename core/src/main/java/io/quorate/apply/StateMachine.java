package io.quorate.apply;

import io.quorate.auth.AuthState;
import io.quorate.auth.Rights;
import io.quorate.codec.CodecException;
import io.quorate.codec.CommandCodec;
import io.quorate.command.AuthChange;
import io.quorate.command.Bytes;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.FeatureLevel;
import io.quorate.command.Member;
import io.quorate.command.MemberChange;
import io.quorate.command.Proposal;
import io.quorate.command.Request;
import io.quorate.command.Result;
import io.quorate.command.User;
import io.quorate.lease.LeaseTable;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.Record;
import io.quorate.mvcc.WriteTxn;
import io.quorate.raft.ConfChange;
import io.quorate.raft.ConfChangeCodec;
import io.quorate.raft.ConfState;
import io.quorate.raft.Entry;
import io.quorate.raft.LogPosition;
import io.quorate.raft.membership.Membership;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The replicated state machine: executes the entries of the log. Apply thread only.
 *
 * <p>Invariants: (1) a function of state and entry, no clock, no chance, no configuration; (2) a
 * command that is answered with an error has changed nothing; (3) the batch holds exactly what
 * applying changed since the last one was taken.
 */
public final class StateMachine {
  /** etcd's bound: about 285 years. */
  private static final long MAX_TTL_SECONDS = 9_000_000_000L;

  /** As etcd estimates it. */
  private static final long LEASE_BYTES = 64;

  private static final Comparator<StateBatch.AlarmKey> ALARM_ORDER =
      Comparator.comparing(StateBatch.AlarmKey::memberId, Long::compareUnsigned)
          .thenComparing(StateBatch.AlarmKey::type);

  private final KvStore kv;
  private final LeaseTable leases = new LeaseTable();
  private final TreeSet<StateBatch.AlarmKey> alarms = new TreeSet<>(ALARM_ORDER);
  private MemberTable members;
  private ConfState conf;
  private LogPosition applied;
  private int featureLevel;
  private AuthState auth;

  private final Execution execution = new Execution();
  private StateBatch batch = new StateBatch();

  // What the entry being applied has brought so far.
  private List<Applied.Revised> changes = new ArrayList<>();
  private List<Applied.LeaseChange> leaseChanges = new ArrayList<>();
  private List<Applied.TokenChange> tokenChanges = new ArrayList<>();
  private long applying;

  /**
   * @param kv loaded already, from the store that {@code loaded} comes from
   * @throws IllegalStateException the two do not belong together, or a key hangs on a lease that is
   *     not there
   */
  public StateMachine(KvStore kv, StateStore.Loaded loaded) {
    if (kv.revision() != loaded.revision()
        || kv.compactRevision() != loaded.compactRevision()
        || kv.nextRecordId() != loaded.nextRecordId()) {
      throw new IllegalStateException(
          "key-value store at revision " + kv.revision() + " does not belong to " + loaded);
    }
    this.kv = kv;
    this.members = loaded.memberTable();
    this.conf = loaded.conf();
    this.applied = loaded.applied();
    this.featureLevel = loaded.featureLevel();
    this.auth = loaded.auth();
    alarms.addAll(loaded.alarms());
    loaded.leases().forEach(leases::grant);
    kv.forEachLeasedKey(leases::attach);
  }

  /**
   * Applies the next entry; its index must be the applied one plus one. Client errors are outcomes.
   *
   * @throws IllegalStateException a gap, or an entry that cannot be decoded: the member must stop
   */
  public Applied apply(Entry entry) {
    if (entry.index() != applied.index() + 1) {
      throw new IllegalStateException(
          "entry " + entry.index() + " does not follow the applied one, " + applied.index());
    }
    changes = new ArrayList<>(4);
    leaseChanges = new ArrayList<>(0);
    tokenChanges = new ArrayList<>(0);
    applying = entry.index();
    ConfState before = conf;
    AuthState authBefore = auth;
    List<Outcome> outcomes;
    try {
      outcomes =
          entry.kind() == Entry.Kind.CONF_CHANGE
              ? applyConfChange(entry.data())
              : applyBatch(entry.data());
    } catch (CodecException | IllegalArgumentException unreadable) {
      throw new IllegalStateException(
          "entry " + entry.index() + " of term " + entry.term() + " cannot be applied", unreadable);
    }
    applied = entry.position();
    return new Applied(
        outcomes,
        changes,
        conf.equals(before) ? null : conf,
        leaseChanges,
        auth.equals(authBefore) ? null : auth,
        tokenChanges);
  }

  // ---- commands

  /** Everything is decoded before anything is executed: a bad entry has no effect at all. */
  private List<Outcome> applyBatch(byte[] data) {
    if (data.length == 0) {
      return List.of(); // the entry with which a leader begins its term
    }
    CommandCodec.Batch entry = CommandCodec.decodeBatch(data);
    List<Command> commands = new ArrayList<>(entry.proposals().size());
    for (Proposal proposal : entry.proposals()) {
      commands.add(CommandCodec.decode(proposal.command()));
    }
    long before = kv.revision();
    List<Outcome> outcomes = new ArrayList<>(commands.size());
    for (int i = 0; i < commands.size(); i++) {
      Proposal proposal = entry.proposals().get(i);
      outcomes.add(outcome(proposal, commands.get(i)));
    }
    if (kv.revision() != before) {
      batch.wallClocks.add(new StateBatch.WallClock(kv.revision(), entry.wallClockMillis()));
    }
    return outcomes;
  }

  private Outcome outcome(Proposal proposal, Command command) {
    try {
      refuseUnderAlarm(command);
      Rights.check(auth, proposal.caller(), attachedKeys, command);
      return new Outcome(proposal.origin(), proposal.requestId(), command.accept(execution), null);
    } catch (EtcdException refused) {
      return new Outcome(proposal.origin(), proposal.requestId(), null, refused.error());
    }
  }

  private final Rights.LeaseKeys attachedKeys =
      new Rights.LeaseKeys() {
        @Override
        public List<Bytes> keys(long leaseId) {
          return leases.keys(leaseId);
        }

        @Override
        public List<Long> leases() {
          return leases.ids();
        }
      };

  /** As in etcd alarms come before everything else: first CORRUPT, then NOSPACE. */
  private void refuseUnderAlarm(Command command) {
    if (alarms.isEmpty()) {
      return;
    }
    Command.Effect effect = command.effect();
    if (effect != Command.Effect.NONE && isRaised(Command.AlarmType.CORRUPT)) {
      throw EtcdError.CORRUPT.exception();
    }
    if (effect == Command.Effect.GROWS && isRaised(Command.AlarmType.NOSPACE)) {
      throw EtcdError.NO_SPACE.exception();
    }
  }

  private boolean isRaised(Command.AlarmType type) {
    for (StateBatch.AlarmKey alarm : alarms) {
      if (alarm.type() == type) {
        return true;
      }
    }
    return false;
  }

  /** Executes each kind of command. */
  private final class Execution implements Command.Visitor<Result> {
    @Override
    public Result put(Command.Put put) {
      return write(txn -> txn.put(put));
    }

    @Override
    public Result deleteRange(Command.DeleteRange delete) {
      return write(txn -> txn.delete(delete));
    }

    @Override
    public Result txn(Command.Txn txn) {
      return write(keys -> keys.txn(txn));
    }

    @Override
    public Result compact(Command.Compact compact) {
      kv.compact(compact.revision());
      return new Result.Compacted(kv.revision());
    }

    /** Members propose only positive TTLs; should one slip, that must not stop all members. */
    @Override
    public Result leaseGrant(Command.LeaseGrant grant) {
      return grant(grant.id(), TimeUnit.SECONDS.toMillis(Math.max(1, grant.ttlSeconds())));
    }

    @Override
    public Result leaseGrantMillis(Command.LeaseGrantMillis grant) {
      return grant(grant.id(), grant.ttlMillis());
    }

    @Override
    public Result leaseRevoke(Command.LeaseRevoke revoke) {
      return revoke(revoke.id());
    }

    @Override
    public Result leaseExpire(Command.LeaseExpire expire) {
      return expire(expire.ids());
    }

    /** If the request was executed before, it is answered from its slot and changes nothing. */
    @Override
    public Result count(Command.Count count) {
      return write(txn -> txn.count(count));
    }

    @Override
    public Result alarm(Command.Alarm alarm) {
      return new Result.Alarms(kv.revision(), change(alarm));
    }

    @Override
    public Result memberPublish(Command.MemberPublish publish) {
      replace(
          publish.memberId(),
          members.published(publish.memberId(), publish.name(), publish.clientUrls()));
      return new Result.Done(kv.revision());
    }

    @Override
    public Result memberUpdate(Command.MemberUpdate update) {
      replace(update.memberId(), members.updated(update.memberId(), update.peerUrls()));
      return new Result.Members(null, members.members());
    }

    /** Two leaders in turn may have proposed it; the level never falls. */
    @Override
    public Result raiseLevel(Command.RaiseLevel raise) {
      featureLevel = Math.max(featureLevel, raise.level());
      return new Result.Done(kv.revision());
    }

    @Override
    public Result auth(Command.Auth request) {
      replace(auth.with(request.change()));
      logOut(request.change());
      return new Result.Done(kv.revision());
    }

    @Override
    public Result login(Command.Login login) {
      if (!auth.isEnabled()) {
        throw EtcdError.AUTH_NOT_ENABLED.exception();
      }
      User user = auth.user(login.user());
      if (user == null || user.noPassword()) {
        throw EtcdError.AUTH_FAILED.exception();
      }
      if (login.authRevision() != auth.revision()) {
        throw EtcdError.AUTH_OLD_REVISION.exception();
      }
      tokenChanges.add(
          new Applied.TokenChange.LoggedIn(login.user(), login.tokenDigest(), applying));
      return new Result.LoggedIn(kv.revision(), applying);
    }
  }

  // ---- users and roles

  private void replace(AuthState next) {
    changed(auth.users(), next.users(), batch.users);
    changed(auth.roles(), next.roles(), batch.roles);
    auth = next;
  }

  private static <T> void changed(
      Map<String, T> before, Map<String, T> after, Map<String, Optional<T>> changes) {
    Set<String> names = new HashSet<>(before.keySet());
    names.addAll(after.keySet());
    for (String name : names) {
      T value = after.get(name);
      if (value != before.get(name)) {
        changes.put(name, Optional.ofNullable(value));
      }
    }
  }

  /** Some changes make tokens worthless. */
  private void logOut(AuthChange change) {
    if (change instanceof AuthChange.Disable) {
      tokenChanges.add(new Applied.TokenChange.AllLoggedOut());
    } else if (change instanceof AuthChange.UserDelete delete) {
      tokenChanges.add(new Applied.TokenChange.LoggedOut(delete.name()));
    } else if (change instanceof AuthChange.UserChangePassword password) {
      tokenChanges.add(new Applied.TokenChange.LoggedOut(password.name()));
    }
  }

  /** One transaction of the key-value store, always ended; one revision if it changed keys. */
  private <R> R write(Function<KvTxn, R> work) {
    WriteTxn txn = kv.begin();
    R result;
    try {
      result = work.apply(new KvTxn(txn, leases, kv.compactRevision()));
    } catch (EtcdException refused) {
      if (!txn.end().isEmpty()) {
        throw new IllegalStateException("refused after it had begun to change things", refused);
      }
      throw refused;
    }
    List<Record> records = txn.end();
    if (!records.isEmpty()) {
      batch.records.addAll(records);
      changes.add(new Applied.Revised(kv.revision(), records));
    }
    return result;
  }

  /**
   * Executes a transaction that only reads, at the newest revision of {@code kv}. Any thread, since
   * it uses nothing else of the state machine; may block on the disk.
   *
   * @throws EtcdException COMPACTED or FUTURE_REV, if a range asks for such a revision
   */
  public static Result.TxnDone read(KvStore kv, Command.Txn txn) {
    if (!txn.isReadOnly()) {
      throw new IllegalArgumentException("a transaction that writes must go through the log");
    }
    return kv.read(keys -> new KvTxn(keys, new LeaseTable(), kv.compactRevision()).txn(txn));
  }

  // ---- leases

  private Result grant(long id, long ttlMillis) {
    if (id == 0) {
      throw EtcdError.LEASE_NOT_FOUND.exception();
    }
    if (ttlMillis > TimeUnit.SECONDS.toMillis(MAX_TTL_SECONDS)) {
      throw EtcdError.LEASE_TTL_TOO_LARGE.exception();
    }
    if (leases.exists(id)) {
      throw EtcdError.LEASE_EXIST.exception();
    }
    long granted = Math.max(1, ttlMillis);
    leases.grant(id, granted);
    batch.leases.put(id, Optional.of(granted));
    leaseChanges.add(new Applied.LeaseChange(id, granted));
    return new Result.LeaseGranted(kv.revision(), id, Applied.ceilSeconds(granted));
  }

  private Result revoke(long id) {
    if (!leases.exists(id)) {
      throw EtcdError.LEASE_NOT_FOUND.exception();
    }
    end(id);
    return new Result.LeaseRevoked(kv.revision());
  }

  private Result expire(List<Long> ids) {
    List<Long> expired = new ArrayList<>(ids.size());
    for (long id : ids) {
      if (leases.exists(id)) {
        end(id);
        expired.add(id);
      }
    }
    return new Result.LeasesExpired(kv.revision(), expired);
  }

  /** Deletes the keys of a lease, ascending and in one revision, then the lease itself. */
  private void end(long id) {
    List<Bytes> keys = leases.keys(id);
    if (!keys.isEmpty()) {
      write(
          txn -> {
            txn.delete(keys);
            return keys;
          });
    }
    leases.remove(id);
    batch.leases.put(id, Optional.empty());
    leaseChanges.add(new Applied.LeaseChange(id, 0));
  }

  // ---- alarms

  private List<Result.AlarmMember> change(Command.Alarm request) {
    if (request.action() == Command.AlarmAction.GET) {
      return raised(request.type());
    }
    StateBatch.AlarmKey key = new StateBatch.AlarmKey(request.memberId(), request.type());
    if (request.action() == Command.AlarmAction.ACTIVATE) {
      if (request.type() == Command.AlarmType.NONE) {
        return List.of();
      }
      if (alarms.add(key)) {
        batch.alarms.put(key, true);
      }
    } else {
      if (!alarms.remove(key)) {
        return List.of();
      }
      batch.alarms.put(key, false);
    }
    return List.of(new Result.AlarmMember(key.memberId(), key.type()));
  }

  private List<Result.AlarmMember> raised(Command.AlarmType type) {
    List<Result.AlarmMember> raised = new ArrayList<>();
    for (StateBatch.AlarmKey alarm : alarms) {
      if (type == Command.AlarmType.NONE || alarm.type() == type) {
        raised.add(new Result.AlarmMember(alarm.memberId(), alarm.type()));
      }
    }
    return raised;
  }

  // ---- members

  private List<Outcome> applyConfChange(byte[] data) {
    ConfChange change = ConfChangeCodec.decode(data);
    if (change.context().length == 0) {
      if (!change.steps().isEmpty()) {
        throw new IllegalArgumentException("a change of members without its meaning: " + change);
      }
      conf = Membership.apply(conf, change); // leaves a joint configuration
      return List.of();
    }
    CommandCodec.ProposedChange proposed = CommandCodec.decodeChange(change.context());
    MemberChange memberChange = proposed.change();
    if (!change.steps().equals(List.of(MemberTable.step(memberChange)))) {
      throw new IllegalArgumentException(
          "steps " + change.steps() + " do not mean " + memberChange);
    }
    MemberTable next;
    try {
      Rights.checkRoot(auth, proposed.caller());
      next = members.with(memberChange);
    } catch (EtcdException refused) {
      return List.of(new Outcome(proposed.origin(), proposed.requestId(), null, refused.error()));
    }
    conf = Membership.apply(conf, change);
    replace(memberChange.memberId(), next);
    Member added =
        memberChange instanceof MemberChange.Add ? next.member(memberChange.memberId()) : null;
    return List.of(
        new Outcome(
            proposed.origin(),
            proposed.requestId(),
            new Result.Members(added, next.members()),
            null));
  }

  private void replace(long memberId, MemberTable next) {
    members = next;
    batch.members.put(memberId, Optional.ofNullable(next.member(memberId)));
  }

  // ---- the batch for the store

  /** Removes compacted history of some keys, also in the batch; true while there is more to do. */
  public boolean sweep(int maxKeys) {
    batch.deadRecords.addAll(kv.sweep(maxKeys));
    return kv.sweeping();
  }

  /** The changes since the last call, of which there may be none, and the applied index. */
  public StateBatch takeBatch() {
    StateBatch taken = batch;
    taken.applied = applied;
    taken.conf = conf;
    taken.revision = kv.revision();
    taken.compactRevision = kv.compactRevision();
    taken.nextRecordId = kv.nextRecordId();
    taken.featureLevel = featureLevel;
    taken.authEnabled = auth.isEnabled();
    taken.authRevision = auth.revision();
    batch = new StateBatch();
    return taken;
  }

  /** Number of operations in the batch that has not been taken yet. */
  public int pendingOperations() {
    return batch.operationCount();
  }

  // ---- queries

  public long appliedIndex() {
    return applied.index();
  }

  /** What counts for the quota, in bytes: the records that compaction keeps, and the leases. */
  public long liveBytes() {
    return kv.liveBytes() + LEASE_BYTES * leases.count();
  }

  /** The configuration as of the applied entry. */
  public ConfState conf() {
    return conf;
  }

  public KvStore kv() {
    return kv;
  }

  public MemberTable members() {
    return members;
  }

  /** The {@link FeatureLevel} in force. */
  public int featureLevel() {
    return featureLevel;
  }

  /** Users and roles. */
  public AuthState auth() {
    return auth;
  }

  /**
   * Whether {@code caller} may ask this of a member.
   *
   * @throws EtcdException as {@link Rights}
   */
  public void check(Caller caller, Request<?> request) {
    Rights.check(auth, caller, attachedKeys, request);
  }

  /** Keys attached to a lease, ascending; empty if there is no such lease. */
  public List<Bytes> leaseKeys(long leaseId) {
    return leases.keys(leaseId);
  }

  /** Granted TTL in milliseconds, 0 if there is no such lease. */
  public long leaseTtlMillis(long leaseId) {
    return leases.ttlMillis(leaseId);
  }

  /** Ids of all leases, ascending. */
  public List<Long> leases() {
    return leases.ids();
  }

  /** Alarms in force. */
  public List<Result.AlarmMember> alarms() {
    return List.copyOf(raised(Command.AlarmType.NONE));
  }
}
