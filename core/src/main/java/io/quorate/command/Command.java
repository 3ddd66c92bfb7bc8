package io.quorate.command;

import java.util.List;

/**
 * What can be put into the log. Each is applied atomically, on every member alike, and answered
 * with the {@link Result} named beside it or an {@link EtcdException}.
 *
 * <p>Field errors that need no state (an empty key, too many operations) are found before a command
 * is proposed, by {@link Validation}; everything that depends on state is decided when the command
 * is applied.
 */
public sealed interface Command {

  /** A request that may stand in a transaction (etcd's {@code RequestOp}). */
  sealed interface Op permits Range, Put, DeleteRange, Txn {}

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
   * @param revision the revision to read at; 0 for the newest, and less than that too, except in a
   *     transaction, which takes it for one that is compacted (etcd does; -1 until the first
   *     compaction still for the newest)
   * @param serializable may be answered from this member's own state without asking the leader
   * @param minModRevision inclusive bound, as the three that follow; 0 for none
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
      implements Op {

    /** All of {@code range} at the newest revision, linearizable. */
    public static Range of(KeyRange range) {
      return new Range(
          range, 0, 0, SortOrder.NONE, SortTarget.KEY, false, false, false, 0, 0, 0, 0);
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
      implements Command, Op {

    public static Put of(Bytes key, Bytes value) {
      return new Put(key, value, 0, false, false, false);
    }
  }

  /** Deletes keys; {@link Result.Deleted}. */
  record DeleteRange(KeyRange range, boolean prevKv) implements Command, Op {}

  /** How a compare's stored value must relate to the given one. */
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

  /** Compares, then one of two branches; {@link Result.TxnDone}. */
  record Txn(List<Compare> compares, List<Op> success, List<Op> failure) implements Command, Op {
    public Txn {
      compares = List.copyOf(compares);
      success = List.copyOf(success);
      failure = List.copyOf(failure);
    }
  }

  /**
   * Forgets history below {@code revision}; {@link Result.Compacted}.
   *
   * @param physical answer only once the data is gone from this member's store
   */
  record Compact(long revision, boolean physical) implements Command {}

  /**
   * Creates a lease; {@link Result.LeaseGranted}.
   *
   * @param id the lease's id, chosen by the proposer if the client gave none; never 0
   * @param ttlSeconds already raised to the minimum by the proposer
   */
  record LeaseGrant(long id, long ttlSeconds) implements Command {}

  /**
   * As {@link LeaseGrant}, for less than a second too: what maps with a time to live hang their
   * entries on. Not part of etcd. {@link Result.LeaseGranted}, its TTL rounded up.
   *
   * @param ttlMillis at least 1; counted in the leader's ticks, so never early and up to one late
   */
  record LeaseGrantMillis(long id, long ttlMillis) implements Command {}

  /** Ends a lease and deletes its keys in one revision; {@link Result.LeaseRevoked}. */
  record LeaseRevoke(long id) implements Command {}

  /**
   * The leader's decision that leases have run out; ids that are unknown by then are passed over.
   * {@link Result.LeasesExpired}. Each lease's keys go in one revision of its own, as in etcd.
   */
  record LeaseExpire(List<Long> ids) implements Command {
    public LeaseExpire {
      ids = List.copyOf(ids);
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
   * One step of {@link Count}. A counter is a key whose value is a 64-bit number in decimal; one
   * that is not there counts as 0. Sums wrap around, as those of a {@code long} do.
   *
   * @param update 0 for ADD
   */
  record CounterOp(Bytes key, CounterAction action, long operand, long update) {}

  /**
   * Reads and changes counters in one revision, each step seeing those before it. Not part of etcd.
   * {@link Result.Counted}.
   *
   * <p>Executed once however often it arrives (thesis 6.3): the key {@code slot} keeps the sequence
   * number and the answer of the newest request, as text. The same number again is given that
   * answer, a lower one is refused with {@code SUPERSEDED}. So a session has one request under way
   * a slot, and the next number is larger.
   *
   * @param slot empty to have it executed each time it arrives
   * @param lease the slot hangs on it, 0 for none; if it is gone, so is the session
   */
  record Count(Bytes slot, long sequence, long lease, List<CounterOp> ops) implements Command {
    public Count {
      ops = List.copyOf(ops);
    }
  }

  /** What an alarm request does. */
  enum AlarmAction {
    GET,
    ACTIVATE,
    DEACTIVATE
  }

  /** The alarms there are; {@code NONE} in a GET means all. */
  enum AlarmType {
    NONE,
    NOSPACE,
    CORRUPT
  }

  /** Reads, raises or clears alarms; {@link Result.Alarms}. */
  record Alarm(AlarmAction action, long memberId, AlarmType type) implements Command {}

  /** A member tells its name and client URLs, at its start; {@link Result.Done}. */
  record MemberPublish(long memberId, String name, List<String> clientUrls) implements Command {
    public MemberPublish {
      clientUrls = List.copyOf(clientUrls);
    }
  }

  /**
   * A member's peer URLs become others; {@link Result.Members}. Membership proper (add, remove,
   * promote) travels as a configuration change of Raft, with a {@link MemberChange} inside.
   */
  record MemberUpdate(long memberId, List<String> peerUrls) implements Command {
    public MemberUpdate {
      peerUrls = List.copyOf(peerUrls);
    }
  }
}
