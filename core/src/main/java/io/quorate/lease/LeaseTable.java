package io.quorate.lease;

import io.quorate.command.Bytes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * All leases, with their granted TTLs and the keys attached to them. A part of the replicated
 * state: it knows no time, and a lease ends here only because the log says so. Owned by the apply
 * thread.
 *
 * <p>Invariants: (1) a key is attached to at most one lease; (2) that lease exists; (3) all
 * iteration is in ascending order, so that it is the same on every member.
 */
public final class LeaseTable {
  private final TreeMap<Long, Lease> leases = new TreeMap<>();
  private final Map<Bytes, Lease> byKey = new HashMap<>();

  private static final class Lease {
    final long ttlMillis;
    final NavigableSet<Bytes> keys = new TreeSet<>();

    Lease(long ttlMillis) {
      this.ttlMillis = ttlMillis;
    }
  }

  /**
   * Creates a lease without keys.
   *
   * @param ttlMillis at least 1
   * @throws IllegalStateException there is one with this id, or the TTL is not positive
   */
  public void grant(long id, long ttlMillis) {
    if (ttlMillis < 1) {
      throw new IllegalStateException("lease " + id + " with a TTL of " + ttlMillis);
    }
    if (leases.putIfAbsent(id, new Lease(ttlMillis)) != null) {
      throw new IllegalStateException("lease " + id + " is there already");
    }
  }

  public boolean exists(long id) {
    return leases.containsKey(id);
  }

  public int count() {
    return leases.size();
  }

  /** Granted TTL in milliseconds, 0 if there is no such lease. */
  public long ttlMillis(long id) {
    Lease lease = leases.get(id);
    return lease == null ? 0 : lease.ttlMillis;
  }

  /** Ids of all leases, ascending. */
  public List<Long> ids() {
    return List.copyOf(leases.keySet());
  }

  /** Keys attached to a lease, ascending; empty if there is no such lease. A copy. */
  public List<Bytes> keys(long id) {
    Lease lease = leases.get(id);
    return lease == null ? List.of() : List.copyOf(lease.keys);
  }

  /**
   * Attaches {@code key} to a lease, and detaches it from the one before.
   *
   * @param id 0 only detaches it
   * @throws IllegalStateException there is no such lease
   */
  public void attach(Bytes key, long id) {
    if (id == 0) {
      detach(key);
      return;
    }
    Lease lease = leases.get(id);
    if (lease == null) {
      throw new IllegalStateException("key " + key + " on lease " + id + ", which is not there");
    }
    Lease before = byKey.put(key, lease);
    if (before != null && before != lease) {
      before.keys.remove(key);
    }
    lease.keys.add(key);
  }

  /** Detaches {@code key} from its lease, if it has one. */
  public void detach(Bytes key) {
    Lease lease = byKey.remove(key);
    if (lease != null) {
      lease.keys.remove(key);
    }
  }

  /**
   * Removes a lease whose keys are gone.
   *
   * @throws IllegalStateException there is none, or it still has keys
   */
  public void remove(long id) {
    Lease lease = leases.remove(id);
    if (lease == null || !lease.keys.isEmpty()) {
      throw new IllegalStateException(
          "lease " + id + (lease == null ? " is not there" : " still has keys"));
    }
  }
}
