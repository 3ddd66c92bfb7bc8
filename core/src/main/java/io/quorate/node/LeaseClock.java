package io.quorate.node;

import io.quorate.apply.Applied;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The countdown of leases, in ticks; only the leader counts. Every member keeps the granted TTLs,
 * so that it can begin to count when it becomes the leader: it then gives each lease its full time
 * again and one election time-out more, as etcd does, since it cannot know when the lease was last
 * renewed. Node loop only.
 */
final class LeaseClock {
  private final NodeConfig config;
  private final Map<Long, Lease> leases = new HashMap<>();
  private final PriorityQueue<Due> due =
      new PriorityQueue<>(Comparator.comparingLong(Due::tick).thenComparingLong(d -> d.lease().id));
  private boolean counting;

  private static final class Lease {
    final long id;
    final long ttlMillis;
    long deadlineTick;

    /** Tick at which its end was proposed, 0 if that is not under way. */
    long expiringSince;

    Lease(long id, long ttlMillis) {
      this.id = id;
      this.ttlMillis = ttlMillis;
    }
  }

  private record Due(long tick, Lease lease) {}

  LeaseClock(NodeConfig config) {
    this.config = config;
  }

  void apply(Applied.LeaseChange change, long nowTick) {
    if (change.ttlMillis() == 0) {
      leases.remove(change.leaseId());
      return;
    }
    Lease lease = new Lease(change.leaseId(), change.ttlMillis());
    leases.put(lease.id, lease);
    if (counting) {
      arm(lease, nowTick + config.ticks(lease.ttlMillis) + 1);
    }
  }

  /** The state was replaced by a snapshot. */
  void replace(Map<Long, Long> ttlMillisById, long nowTick) {
    leases.clear();
    due.clear();
    ttlMillisById.forEach(
        (id, ttlMillis) -> apply(new Applied.LeaseChange(id, ttlMillis), nowTick));
  }

  void startCounting(long nowTick) {
    counting = true;
    due.clear();
    for (Lease lease : leases.values()) {
      lease.expiringSince = 0;
      arm(lease, nowTick + config.ticks(lease.ttlMillis) + config.raft().electionTicks() + 1);
    }
  }

  void stopCounting() {
    counting = false;
    due.clear();
  }

  /**
   * At most {@code max} leases that have run out. A lease that is still there three seconds later
   * is returned again.
   */
  List<Long> takeExpired(long nowTick, int max) {
    List<Long> expired = new ArrayList<>();
    Due head;
    while (expired.size() < max && (head = due.peek()) != null && head.tick <= nowTick) {
      due.poll();
      Lease lease = head.lease;
      if (leases.get(lease.id) != lease || lease.deadlineTick != head.tick) {
        continue; // it has ended, or was renewed and has a newer element
      }
      lease.expiringSince = nowTick;
      arm(lease, nowTick + config.ticks(3_000));
      expired.add(lease.id);
    }
    return expired;
  }

  boolean exists(long id) {
    return leases.containsKey(id);
  }

  boolean isExpiring(long id) {
    Lease lease = leases.get(id);
    return lease != null && lease.expiringSince != 0;
  }

  /**
   * Gives a lease its full time again.
   *
   * @return its granted TTL in seconds, rounded up; 0 if there is no such lease or its end has been
   *     proposed
   */
  long renew(long id, long nowTick) {
    Lease lease = leases.get(id);
    if (lease == null || lease.expiringSince != 0) {
      return 0;
    }
    arm(lease, nowTick + config.ticks(lease.ttlMillis) + 1);
    return Applied.ceilSeconds(lease.ttlMillis);
  }

  /** Remaining time in seconds, rounded down; null if there is no such lease. */
  @Nullable Long remainingSeconds(long id, long nowTick) {
    Lease lease = leases.get(id);
    if (lease == null) {
      return null;
    }
    if (lease.expiringSince != 0) {
      return 0L;
    }
    return Math.min(
        lease.ttlMillis / 1_000,
        Math.max(0, (lease.deadlineTick - nowTick) * config.tickMillis() / 1_000));
  }

  long grantedSeconds(long id) {
    Lease lease = leases.get(id);
    return lease == null ? 0 : Applied.ceilSeconds(lease.ttlMillis);
  }

  private void arm(Lease lease, long tick) {
    lease.deadlineTick = tick;
    due.add(new Due(tick, lease));
    if (due.size() > 64 + 8 * leases.size()) {
      due.removeIf(d -> leases.get(d.lease.id) != d.lease || d.lease.deadlineTick != d.tick);
    }
  }
}
