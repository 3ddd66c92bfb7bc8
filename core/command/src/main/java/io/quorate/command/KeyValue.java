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

  /** The same without its value, for {@code keys_only}. */
  public KeyValue withoutValue() {
    return new KeyValue(key, Bytes.EMPTY, createRevision, modRevision, version, lease);
  }
}
