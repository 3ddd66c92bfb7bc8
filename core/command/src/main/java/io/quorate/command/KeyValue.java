package io.quorate.command;

/**
 * One version of a key, as etcd's {@code mvccpb.KeyValue}.
 *
 * @param createRevision revision of the put that began the current life of the key; 0 in a delete
 * @param modRevision revision of this change
 * @param version 1 on creation, one more with each put, 0 in a delete
 * @param lease id of the attached lease, 0 for none
 */
public record KeyValue(
    Bytes key, Bytes value, long createRevision, long modRevision, long version, long lease) {

  /** What a delete leaves behind: only key and revision (etcd's DELETE event). */
  public static KeyValue tombstone(Bytes key, long modRevision) {
    return new KeyValue(key, Bytes.EMPTY, 0, modRevision, 0, 0);
  }

  /** True for a delete; a live key has a version of at least 1. */
  public boolean isTombstone() {
    return version == 0;
  }

  /**
   * As etcd answers {@code keys_only} since 3.7: from its index, which knows neither the value nor
   * the lease.
   */
  public KeyValue withoutValue() {
    return new KeyValue(key, Bytes.EMPTY, createRevision, modRevision, version, 0);
  }

  /** As etcd answers {@code keys_only} if it had to read the value to sort by it. */
  public KeyValue withEmptyValue() {
    return new KeyValue(key, Bytes.EMPTY, createRevision, modRevision, version, lease);
  }
}
