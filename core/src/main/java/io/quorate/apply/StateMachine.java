package io.quorate.apply;

import io.quorate.mvcc.KvStore;
import io.quorate.raft.Entry;
import java.util.List;

/** What the log means; the seam, implementation to come. Apply thread only. */
public final class StateMachine {

  /**
   * @param store its records are read through {@code kv}; it is not written to here
   */
  public StateMachine(KvStore kv, StateStore.Loaded loaded) {
    throw new IllegalStateException("seam");
  }

  /**
   * Applies the next entry; its index must be the applied one plus one. Client errors are outcomes.
   *
   * @throws IllegalStateException a gap, or an entry that cannot be decoded: the member must stop
   */
  public Applied apply(Entry entry) {
    throw new IllegalStateException("seam");
  }

  /** Removes some compacted history, into the batch; true while there is more to do. */
  public boolean sweep(int maxKeys) {
    throw new IllegalStateException("seam");
  }

  /**
   * The changes since the last call, with the applied index; never null, may be without changes.
   */
  public StateBatch takeBatch() {
    throw new IllegalStateException("seam");
  }

  /** Operations that wait in the batch. */
  public int pendingOperations() {
    throw new IllegalStateException("seam");
  }

  public long appliedIndex() {
    throw new IllegalStateException("seam");
  }

  public KvStore kv() {
    throw new IllegalStateException("seam");
  }

  public MemberTable members() {
    throw new IllegalStateException("seam");
  }

  /** Keys attached to a lease, ascending; empty if there is no such lease. */
  public List<io.quorate.command.Bytes> leaseKeys(long leaseId) {
    throw new IllegalStateException("seam");
  }

  /** Granted TTL in seconds, 0 if there is no such lease. */
  public long leaseTtlSeconds(long leaseId) {
    throw new IllegalStateException("seam");
  }

  /** Ids of all leases. */
  public List<Long> leases() {
    throw new IllegalStateException("seam");
  }

  /** Alarms in force. */
  public List<io.quorate.command.Result.AlarmMember> alarms() {
    throw new IllegalStateException("seam");
  }
}
