package io.quorate.apply;

import io.quorate.mvcc.Record;
import io.quorate.raft.ConfState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The effects of applying one entry.
 *
 * @param outcomes one for each proposal, in order
 * @param changes one for each new revision, in order
 * @param conf the configuration, if this entry changed it
 * @param leaseChanges leases that were granted or have ended, for the leader's countdown
 */
public record Applied(
    List<Outcome> outcomes,
    List<Revised> changes,
    @Nullable ConfState conf,
    List<LeaseChange> leaseChanges) {

  /** The records of one revision, in order. */
  public record Revised(long revision, List<Record> records) {}

  /**
   * @param ttlMillis granted TTL, 0 for a lease that has ended
   */
  public record LeaseChange(long leaseId, long ttlMillis) {}

  /** {@code millis} in seconds, the unit of etcd's requests; rounded up. */
  public static long ceilSeconds(long millis) {
    return (millis + 999) / 1_000;
  }
}
