package io.quorate.command;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a command or a read. {@code revision} is the one that etcd puts into the response
 * header of that RPC; the other fields of the header describe the member that answers.
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
   * @param expired ids of the leases that this command has ended
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

  /** The command was applied; there is nothing else to answer. */
  record Done(long revision) implements Result {}

  // ---- answers to requests that are no commands

  /**
   * @param ttlSeconds remaining, or granted for a renewal
   * @param keys attached to it, if they were asked for
   */
  record LeaseTime(
      long revision, long id, long ttlSeconds, long grantedTtlSeconds, List<Bytes> keys) {
    public LeaseTime {
      keys = List.copyOf(keys);
    }
  }

  /**
   * @param hashRevision revision that the hash is of; {@code revision} is the newest one
   */
  record HashedKv(long revision, int hash, long compactRevision, long hashRevision) {}

  /**
   * State of a member.
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

  /**
   * @param version as etcd prints it, for example {@code 3.7.0}
   */
  record ClusterVersion(long revision, String version) {}

  // ---- answers about users and roles

  record AuthStatus(long revision, boolean enabled, long authRevision) {}

  /**
   * @param roles ascending
   */
  record UserRoles(long revision, List<String> roles) {
    public UserRoles {
      roles = List.copyOf(roles);
    }
  }

  record RolePermissions(long revision, List<Permission> permissions) {
    public RolePermissions {
      permissions = List.copyOf(permissions);
    }
  }

  /**
   * @param names ascending
   */
  record Names(long revision, List<String> names) {
    public Names {
      names = List.copyOf(names);
    }
  }

  /**
   * @param token to be sent with every request
   */
  record Authenticated(long revision, String token) {
    /** Without the token, as this may end in a log. */
    @Override
    public String toString() {
      return "Authenticated[revision=" + revision + "]";
    }
  }

  /**
   * A login was applied.
   *
   * @param index of its entry in the log
   */
  record LoggedIn(long revision, long index) implements Result {}
}
