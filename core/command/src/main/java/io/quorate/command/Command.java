package io.quorate.command;

import java.util.List;
import java.util.function.Predicate;

/**
 * A command that can be put into the log. It is applied atomically, in the same way on every
 * member, and answered with the {@link Result} named in its comment or with an {@link
 * EtcdException}.
 *
 * <p>Errors that can be found without the state (an empty key, too many operations) are found by
 * {@link Validation} before a command is proposed; everything else is decided when it is applied.
 *
 * <p>To add a kind, write a record here and its line in {@link Kind}; what else is needed does not
 * compile until it is there.
 */
public sealed interface Command {

  /** What a command does to the data. */
  enum Effect {
    /** Nothing, or nothing that counts as data. */
    NONE,
    /** Changes it; refused while the CORRUPT alarm is raised. */
    CHANGES,
    /** May make it grow as well; refused at the quota and while NOSPACE is raised. */
    GROWS
  }

  /** The kinds of commands. */
  enum Kind {
    PUT(2, Effect.GROWS),
    DELETE_RANGE(3, Effect.CHANGES),
    TXN(4, Effect.GROWS),
    COMPACT(5, Effect.CHANGES),
    LEASE_GRANT(6, Effect.GROWS),
    LEASE_REVOKE(7, Effect.CHANGES),
    /** In etcd a lease that has run out is revoked, so alarms hold this up as well. */
    LEASE_EXPIRE(8, Effect.CHANGES),
    ALARM(9, Effect.NONE),
    MEMBER_PUBLISH(10, Effect.NONE),
    MEMBER_UPDATE(11, Effect.NONE),
    LEASE_GRANT_MILLIS(12, Effect.GROWS),
    COUNT(13, Effect.GROWS),
    RAISE_LEVEL(14, Effect.NONE, FeatureLevel.CALLERS),
    AUTH(15, Effect.NONE, FeatureLevel.AUTH),
    LOGIN(16, Effect.NONE, FeatureLevel.AUTH);

    private final int number;
    private final Effect effect;
    private final int level;

    Kind(int number, Effect effect) {
      this(number, effect, FeatureLevel.FIRST);
    }

    Kind(int number, Effect effect, int level) {
      this.number = number;
      this.effect = effect;
      this.level = level;
    }

    /** Stands for the kind in the log and between members; no number is ever used again. */
    public int number() {
      return number;
    }

    /** The {@link FeatureLevel} from which all members know this kind. */
    public int level() {
      return level;
    }
  }

  /** One method for each kind, so that code which forgets one does not compile. */
  interface Visitor<R> {
    R put(Put put);

    R deleteRange(DeleteRange delete);

    R txn(Txn txn);

    R compact(Compact compact);

    R leaseGrant(LeaseGrant grant);

    R leaseGrantMillis(LeaseGrantMillis grant);

    R leaseRevoke(LeaseRevoke revoke);

    R leaseExpire(LeaseExpire expire);

    R count(Count count);

    R alarm(Alarm alarm);

    R memberPublish(MemberPublish publish);

    R memberUpdate(MemberUpdate update);

    R raiseLevel(RaiseLevel raise);

    R auth(Auth auth);

    R login(Login login);
  }

  Kind kind();

  <R> R accept(Visitor<R> visitor);

  /** What this one does, which may be less than others of its kind do. */
  default Effect effect() {
    return kind().effect;
  }

  /**
   * What it adds to the store, as etcd estimates it for the quota, in bytes; 0 unless it
   * {@linkplain Effect#GROWS grows}.
   */
  default long growthBytes() {
    return 0;
  }

  /** A request that may stand in a transaction (etcd's {@code RequestOp}). */
  sealed interface Op permits Range, Put, DeleteRange, Txn {

    /** One method for each of them. */
    interface Visitor<R> {
      R range(Range range);

      R put(Put put);

      R deleteRange(DeleteRange delete);

      R txn(Txn txn);
    }

    <R> R accept(Visitor<R> visitor);

    /** As {@link Command#growthBytes}. */
    default long growthBytes() {
      return 0;
    }
  }

  /** Sort order of a range. {@code NONE} with a target other than KEY behaves as ASCEND on it. */
  enum SortOrder {
    NONE,
    ASCEND,
    DESCEND
  }

  /** What a range is sorted by. */
  enum SortTarget {
    KEY,
    VERSION,
    CREATE,
    MOD,
    VALUE
  }

  /**
   * Reads keys; {@link Result.Ranged}. Not a command of its own: a range outside of a transaction
   * never enters the log.
   *
   * @param limit most pairs to return; 0 or less for all
   * @param revision the revision to read at; 0 for the newest. As in etcd, a negative one means the
   *     newest as well, but is refused as compacted in a transaction (-1 only after the first
   *     compaction)
   * @param serializable may be answered from this member's own state without asking the leader
   * @param minModRevision inclusive bound, like the three after it; 0 for none
   */
  record Range(
      KeyRange range,
      long limit,
      long revision,
      SortOrder sortOrder,
      SortTarget sortTarget,
      boolean serializable,
      boolean keysOnly,
      boolean countOnly,
      long minModRevision,
      long maxModRevision,
      long minCreateRevision,
      long maxCreateRevision)
      implements Op, Request<Result.Ranged> {

    /** All of {@code range} at the newest revision, linearizable. */
    public static Range of(KeyRange range) {
      return new Range(
          range, 0, 0, SortOrder.NONE, SortTarget.KEY, false, false, false, 0, 0, 0, 0);
    }

    public Range withLimit(long pairs) {
      return with(pairs, revision, maxCreateRevision);
    }

    public Range atRevision(long then) {
      return with(limit, then, maxCreateRevision);
    }

    /** Inclusive; 0 for no bound. */
    public Range createdUpTo(long newest) {
      return with(limit, revision, newest);
    }

    public Range sortedBy(SortTarget target, SortOrder order) {
      return with(order, target, serializable, keysOnly, countOnly);
    }

    public Range withSerializable(boolean wanted) {
      return with(sortOrder, sortTarget, wanted, keysOnly, countOnly);
    }

    public Range withKeysOnly(boolean wanted) {
      return with(sortOrder, sortTarget, serializable, wanted, countOnly);
    }

    public Range withCountOnly(boolean wanted) {
      return with(sortOrder, sortTarget, serializable, keysOnly, wanted);
    }

    /** A copy that selects other pairs. */
    private Range with(long newLimit, long newRevision, long newMaxCreateRevision) {
      return new Range(
          range,
          newLimit,
          newRevision,
          sortOrder,
          sortTarget,
          serializable,
          keysOnly,
          countOnly,
          minModRevision,
          maxModRevision,
          minCreateRevision,
          newMaxCreateRevision);
    }

    /** A copy that selects the same pairs and returns them in another way. */
    private Range with(
        SortOrder newOrder,
        SortTarget newTarget,
        boolean newSerializable,
        boolean newKeysOnly,
        boolean newCountOnly) {
      return new Range(
          range,
          limit,
          revision,
          newOrder,
          newTarget,
          newSerializable,
          newKeysOnly,
          newCountOnly,
          minModRevision,
          maxModRevision,
          minCreateRevision,
          maxCreateRevision);
    }

    @Override
    public <R> R accept(Op.Visitor<R> visitor) {
      return visitor.range(this);
    }

    @Override
    public RequestKind requestKind() {
      return RequestKind.RANGE;
    }

    @Override
    public <T> T accept(Request.Visitor<T> visitor) {
      return visitor.range(this);
    }
  }

  /**
   * Writes one key; {@link Result.Putted}.
   *
   * @param lease id of the lease to attach, 0 to detach from any
   * @param ignoreValue keep the present value; fails with {@code KEY_NOT_FOUND} if there is none
   * @param ignoreLease keep the present lease; likewise
   */
  record Put(
      Bytes key, Bytes value, long lease, boolean prevKv, boolean ignoreValue, boolean ignoreLease)
      implements Command, Op, Request<Result.Putted> {

    public static Put of(Bytes key, Bytes value) {
      return new Put(key, value, 0, false, false, false);
    }

    /** A copy that attaches the key to this lease. */
    public Put onLease(long id) {
      return new Put(key, value, id, prevKv, ignoreValue, ignoreLease);
    }

    public Put withPrevKv(boolean wanted) {
      return new Put(key, value, lease, wanted, ignoreValue, ignoreLease);
    }

    /** A copy that keeps the key's present value; {@code value} must be empty. */
    public Put keepingValue() {
      return new Put(key, value, lease, prevKv, true, ignoreLease);
    }

    /** A copy that keeps the key's present lease; {@code lease} must be 0. */
    public Put keepingLease() {
      return new Put(key, value, lease, prevKv, ignoreValue, true);
    }

    @Override
    public Kind kind() {
      return Kind.PUT;
    }

    @Override
    public <R> R accept(Command.Visitor<R> visitor) {
      return visitor.put(this);
    }

    @Override
    public <R> R accept(Op.Visitor<R> visitor) {
      return visitor.put(this);
    }

    @Override
    public long growthBytes() {
      return 256L + key.length() + value.length();
    }

    @Override
    public RequestKind requestKind() {
      return RequestKind.PUT;
    }

    @Override
    public <T> T accept(Request.Visitor<T> visitor) {
      return visitor.put(this);
    }
  }

  /** Deletes keys; {@link Result.Deleted}. */
  record DeleteRange(KeyRange range, boolean prevKv)
      implements Command, Op, Request<Result.Deleted> {
    @Override
    public Kind kind() {
      return Kind.DELETE_RANGE;
    }

    @Override
    public <R> R accept(Command.Visitor<R> visitor) {
      return visitor.deleteRange(this);
    }

    @Override
    public <R> R accept(Op.Visitor<R> visitor) {
      return visitor.deleteRange(this);
    }

    @Override
    public long growthBytes() {
      return 0;
    }

    @Override
    public RequestKind requestKind() {
      return RequestKind.DELETE;
    }

    @Override
    public <T> T accept(Request.Visitor<T> visitor) {
      return visitor.delete(this);
    }
  }

  /** How the stored value must compare with the given one. */
  enum CompareResult {
    EQUAL,
    GREATER,
    LESS,
    NOT_EQUAL
  }

  /** Which field a compare looks at. */
  enum CompareTarget {
    VERSION,
    CREATE,
    MOD,
    VALUE,
    LEASE
  }

  /**
   * One condition of a transaction; with a range every key in it must satisfy it.
   *
   * @param number what VERSION, CREATE, MOD and LEASE are compared with; 0 for VALUE
   * @param value what VALUE is compared with; empty for the others
   */
  record Compare(
      KeyRange range, CompareResult result, CompareTarget target, long number, Bytes value) {}

  /** Executes one of two branches, depending on conditions; {@link Result.TxnDone}. */
  record Txn(List<Compare> compares, List<Op> success, List<Op> failure)
      implements Command, Op, Request<Result.TxnDone> {
    public Txn {
      compares = List.copyOf(compares);
      success = List.copyOf(success);
      failure = List.copyOf(failure);
    }

    /** True if no branch holds a put, a delete or a nested transaction: needs no log entry. */
    public boolean isReadOnly() {
      return allOps(Range.class::isInstance);
    }

    /** True if it {@linkplain #isReadOnly reads only} and every range is serializable. */
    public boolean isSerializable() {
      return allOps(op -> op instanceof Range range && range.serializable());
    }

    private boolean allOps(Predicate<Op> condition) {
      return success.stream().allMatch(condition) && failure.stream().allMatch(condition);
    }

    /** Only one of the branches will run: the larger one counts. */
    @Override
    public long growthBytes() {
      return Math.max(growthBytes(success), growthBytes(failure));
    }

    private static long growthBytes(List<Op> branch) {
      return branch.stream().mapToLong(Op::growthBytes).sum();
    }

    @Override
    public Effect effect() {
      if (isReadOnly()) {
        return Effect.NONE;
      }
      return growthBytes() > 0 ? Effect.GROWS : Effect.CHANGES;
    }

    @Override
    public Kind kind() {
      return Kind.TXN;
    }

    @Override
    public <R> R accept(Command.Visitor<R> visitor) {
      return visitor.txn(this);
    }

    @Override
    public <R> R accept(Op.Visitor<R> visitor) {
      return visitor.txn(this);
    }

    @Override
    public RequestKind requestKind() {
      return RequestKind.TXN;
    }

    @Override
    public boolean changes() {
      return !isReadOnly();
    }

    @Override
    public <T> T accept(Request.Visitor<T> visitor) {
      return visitor.txn(this);
    }
  }

  /**
   * Forgets history below {@code revision}; {@link Result.Compacted}.
   *
   * @param physical answer only once the data is gone from this member's store
   */
  record Compact(long revision, boolean physical) implements Command, Request<Result.Compacted> {
    @Override
    public Kind kind() {
      return Kind.COMPACT;
    }

    @Override
    public <R> R accept(Command.Visitor<R> visitor) {
      return visitor.compact(this);
    }

    @Override
    public RequestKind requestKind() {
      return RequestKind.COMPACT;
    }

    @Override
    public <T> T accept(Request.Visitor<T> visitor) {
      return visitor.compact(this);
    }
  }

  /**
   * Creates a lease; {@link Result.LeaseGranted}.
   *
   * @param id 0 to have one chosen: the member that is asked does so before it proposes
   * @param ttlSeconds raised by that member to the minimum if below
   */
  record LeaseGrant(long id, long ttlSeconds) implements Command, Request<Result.LeaseGranted> {
    @Override
    public Kind kind() {
      return Kind.LEASE_GRANT;
    }

    @Override
    public <R> R accept(Command.Visitor<R> visitor) {
      return visitor.leaseGrant(this);
    }

    @Override
    public long growthBytes() {
      return 64;
    }

    @Override
    public RequestKind requestKind() {
      return RequestKind.LEASE_GRANT;
    }

    @Override
    public <T> T accept(Request.Visitor<T> visitor) {
      return visitor.leaseGrant(this);
    }
  }

  /**
   * As {@link LeaseGrant} with a TTL in milliseconds, for maps whose entries have a time to live.
   * Not part of etcd. {@link Result.LeaseGranted}, its TTL rounded up to seconds.
   *
   * @param ttlMillis at least 1; counted in the leader's ticks, so a lease never ends early and up
   *     to one tick late
   */
  record LeaseGrantMillis(long id, long ttlMillis)
      implements Command, Request<Result.LeaseGranted> {
    @Override
    public Kind kind() {
      return Kind.LEASE_GRANT_MILLIS;
    }

    @Override
    public <R> R accept(Command.Visitor<R> visitor) {
      return visitor.leaseGrantMillis(this);
    }

    @Override
    public long growthBytes() {
      return 64;
    }

    @Override
    public RequestKind requestKind() {
      return RequestKind.LEASE_GRANT_MILLIS;
    }

    @Override
    public <T> T accept(Request.Visitor<T> visitor) {
      return visitor.leaseGrantMillis(this);
    }
  }

  /** Ends a lease and deletes its keys in one revision; {@link Result.LeaseRevoked}. */
  record LeaseRevoke(long id) implements Command, Request<Result.LeaseRevoked> {
    @Override
    public Kind kind() {
      return Kind.LEASE_REVOKE;
    }

    @Override
    public <R> R accept(Command.Visitor<R> visitor) {
      return visitor.leaseRevoke(this);
    }

    @Override
    public RequestKind requestKind() {
      return RequestKind.LEASE_REVOKE;
    }

    @Override
    public <T> T accept(Request.Visitor<T> visitor) {
      return visitor.leaseRevoke(this);
    }
  }

  /**
   * The leader's decision that leases have run out; those that are gone by then are ignored. {@link
   * Result.LeasesExpired}. The keys of each lease are deleted in a revision of their own, as in
   * etcd.
   */
  record LeaseExpire(List<Long> ids) implements Command {
    public LeaseExpire {
      ids = List.copyOf(ids);
    }

    @Override
    public Kind kind() {
      return Kind.LEASE_EXPIRE;
    }

    @Override
    public <R> R accept(Command.Visitor<R> visitor) {
      return visitor.leaseExpire(this);
    }
  }

  /** What is done to one counter. */
  enum CounterAction {
    /** Adds {@code operand}; adding 0 reads. */
    ADD,
    /** Sets it to {@code update} if it is {@code operand}. */
    COMPARE_AND_SET
  }

  /**
   * One step of {@link Count}. A counter is a key whose value is a 64-bit number in decimal; a key
   * that does not exist counts as 0. Sums wrap around like those of a {@code long}.
   *
   * @param update 0 for ADD
   */
  record CounterOp(Bytes key, CounterAction action, long operand, long update) {}

  /**
   * Reads and changes counters in one revision; each step sees the results of those before it. Not
   * part of etcd. {@link Result.Counted}.
   *
   * <p>It is executed only once if it arrives several times (thesis 6.3): the key {@code slot}
   * keeps the sequence number and the answer of the newest request, as text. A request with the
   * same number gets that answer again, one with a lower number is refused with {@code SUPERSEDED}.
   * So a session may have one request per slot under way, and each needs a larger number than the
   * last.
   *
   * @param slot empty if the request is to be executed each time it arrives
   * @param lease to which the slot is attached, 0 for none; the session ends with it
   */
  record Count(Bytes slot, long sequence, long lease, List<CounterOp> ops)
      implements Command, Request<Result.Counted> {
    public Count {
      ops = List.copyOf(ops);
    }

    @Override
    public Kind kind() {
      return Kind.COUNT;
    }

    @Override
    public <R> R accept(Command.Visitor<R> visitor) {
      return visitor.count(this);
    }

    @Override
    public long growthBytes() {
      return 256L * (1 + ops.size());
    }

    @Override
    public RequestKind requestKind() {
      return RequestKind.COUNT;
    }

    @Override
    public <T> T accept(Request.Visitor<T> visitor) {
      return visitor.count(this);
    }
  }

  /** What an alarm request does. */
  enum AlarmAction {
    GET,
    ACTIVATE,
    DEACTIVATE
  }

  /** Types of alarms; {@code NONE} in a GET means all. */
  enum AlarmType {
    NONE,
    NOSPACE,
    CORRUPT
  }

  /** Reads, raises or clears alarms; {@link Result.Alarms}. */
  record Alarm(AlarmAction action, long memberId, AlarmType type)
      implements Command, Request<Result.Alarms> {
    @Override
    public Kind kind() {
      return Kind.ALARM;
    }

    @Override
    public <R> R accept(Command.Visitor<R> visitor) {
      return visitor.alarm(this);
    }

    @Override
    public RequestKind requestKind() {
      return RequestKind.ALARM;
    }

    @Override
    public boolean changes() {
      return action != AlarmAction.GET;
    }

    @Override
    public <T> T accept(Request.Visitor<T> visitor) {
      return visitor.alarm(this);
    }
  }

  /** A member announces its name and client URLs after its start; {@link Result.Done}. */
  record MemberPublish(long memberId, String name, List<String> clientUrls) implements Command {
    public MemberPublish {
      clientUrls = List.copyOf(clientUrls);
    }

    @Override
    public Kind kind() {
      return Kind.MEMBER_PUBLISH;
    }

    @Override
    public <R> R accept(Command.Visitor<R> visitor) {
      return visitor.memberPublish(this);
    }
  }

  /**
   * Changes a member's peer URLs; {@link Result.Members}. To add, remove or promote a member takes
   * a configuration change of Raft instead, with a {@link MemberChange} in it.
   */
  record MemberUpdate(long memberId, List<String> peerUrls)
      implements Command, Request<Result.Members> {
    public MemberUpdate {
      peerUrls = List.copyOf(peerUrls);
    }

    @Override
    public Kind kind() {
      return Kind.MEMBER_UPDATE;
    }

    @Override
    public <R> R accept(Command.Visitor<R> visitor) {
      return visitor.memberUpdate(this);
    }

    @Override
    public RequestKind requestKind() {
      return RequestKind.MEMBER_UPDATE;
    }

    @Override
    public <T> T accept(Request.Visitor<T> visitor) {
      return visitor.memberUpdate(this);
    }
  }

  /**
   * Puts a higher {@link FeatureLevel} in force; {@link Result.Done}. Only a leader proposes it,
   * once all members have said that they speak that level.
   *
   * @param level not higher than the one in force: then nothing changes
   */
  record RaiseLevel(int level) implements Command {
    @Override
    public Kind kind() {
      return Kind.RAISE_LEVEL;
    }

    @Override
    public <R> R accept(Command.Visitor<R> visitor) {
      return visitor.raiseLevel(this);
    }
  }

  /** Changes users, roles or permissions; {@link Result.Done}. */
  record Auth(AuthChange change) implements Command, Request<Result.Done> {
    @Override
    public Kind kind() {
      return Kind.AUTH;
    }

    @Override
    public <R> R accept(Command.Visitor<R> visitor) {
      return visitor.auth(this);
    }

    @Override
    public RequestKind requestKind() {
      return RequestKind.AUTH_CHANGE;
    }

    @Override
    public <T> T accept(Request.Visitor<T> visitor) {
      return visitor.auth(this);
    }
  }

  /**
   * A member has checked a password, and all members are told by which token they recognize the
   * user from now on; {@link Result.LoggedIn}. Nothing of it is kept in the state: a member that
   * starts again knows no tokens.
   *
   * @param tokenDigest SHA-256 of the token's secret part, so that nobody can read tokens in a log
   * @param authRevision of the password that was checked; AUTH_OLD_REVISION if it has changed
   */
  record Login(String user, Bytes tokenDigest, long authRevision) implements Command {
    /** Length of the digest in bytes. */
    public static final int DIGEST_BYTES = 32;

    @Override
    public Kind kind() {
      return Kind.LOGIN;
    }

    @Override
    public <R> R accept(Command.Visitor<R> visitor) {
      return visitor.login(this);
    }
  }
}
