package io.quorate.command;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a command or read comes back with. {@code revision} is what belongs in the response header
 * (etcd-contract of each RPC); the header's other fields are the answering member's.
 */
public sealed interface Result {

  /** Result of an operation that may stand in a transaction, in the order of the operations. */
  sealed interface OpResult extends Result permits Ranged, Putted, Deleted, TxnDone {}

  /**
   * @param count keys in the range before limit and filters
   * @param more true iff the limit cut something off
   */
  record Ranged(long revision, List<KeyValue> kvs, boolean more, long count) implements OpResult {}

  record Putted(long revision, @Nullable KeyValue prevKv) implements OpResult {}

  record Deleted(long revision, long deleted, List<KeyValue> prevKvs) implements OpResult {}

  /** Inside of another transaction {@code revision} is 0 (its header is empty in etcd). */
  record TxnDone(long revision, boolean succeeded, List<OpResult> responses) implements OpResult {}

  record Compacted(long revision) implements Result {}

  record LeaseGranted(long revision, long id, long ttlSeconds) implements Result {}

  record LeaseRevoked(long revision) implements Result {}

  /**
   * @param counters one for each step, in their order
   */
  record Counted(long revision, List<Counter> counters) implements Result {
    public Counted {
      counters = List.copyOf(counters);
    }

    /** A counter before and after a step. */
    public record Counter(long before, long after) {}
  }

  /**
   * @param expired the ids that existed and are gone now
   */
  record LeasesExpired(long revision, List<Long> expired) implements Result {}

  /** One raised alarm. */
  record AlarmMember(long memberId, Command.AlarmType type) {}

  record Alarms(long revision, List<AlarmMember> alarms) implements Result {}

  /**
   * @param member the one added, null for other changes
   * @param members all, by ascending unsigned id
   */
  record Members(@Nullable Member member, List<Member> members) implements Result {}

  /** Applied, with nothing to say. */
  record Done(long revision) implements Result {}

  // ---- of requests that are no commands

  /**
   * @param ttlSeconds remaining, or granted for a renewal
   * @param keys those that hang on it, if they were asked for
   */
  record LeaseTime(
      long revision, long id, long ttlSeconds, long grantedTtlSeconds, List<Bytes> keys) {
    public LeaseTime {
      keys = List.copyOf(keys);
    }
  }

  /**
   * @param hashRevision what the hash is of; {@code revision} is the newest one
   */
  record HashedKv(long revision, int hash, long compactRevision, long hashRevision) {}

  /**
   * A member as it is.
   *
   * @param leader 0 if none is known
   * @param started false until the member has caught up with the log it found at its start
   */
  record MemberStatus(
      long clusterId,
      long memberId,
      long leader,
      long raftTerm,
      long raftIndex,
      long raftAppliedIndex,
      long revision,
      long dbSizeBytes,
      long dbSizeInUseBytes,
      long dbSizeQuotaBytes,
      boolean isLearner,
      List<AlarmMember> alarms,
      boolean started) {
    public MemberStatus {
      alarms = List.copyOf(alarms);
    }
  }
}
