package io.quorate.apply;

import io.quorate.mvcc.Record;
import io.quorate.raft.ConfState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What applying one entry brought.
 *
 * @param outcomes one a proposal, in order
 * @param changes one element a new revision, in order; records of a revision in order
 * @param conf the configuration if this entry changed it
 * @param leaseChanges leases granted or gone, for the leader's countdown
 */
public record Applied(
    List<Outcome> outcomes,
    List<Revised> changes,
    @Nullable ConfState conf,
    List<LeaseChange> leaseChanges) {

  /** The records that make up one revision. */
  public record Revised(long revision, List<Record> records) {}

  /**
   * @param ttlMillis granted TTL, 0 for a lease that is gone
   */
  public record LeaseChange(long leaseId, long ttlMillis) {}

  /** Whole seconds that cover {@code millis}: etcd's requests know no shorter unit. */
  public static long ceilSeconds(long millis) {
    return (millis + 999) / 1_000;
  }
}
