package io.quorate.command;

import org.jspecify.annotations.Nullable;

/**
 * One change of one key. A put creates the key iff create and mod revision are equal; a delete has
 * a {@linkplain KeyValue#tombstone tombstone} as {@code kv}.
 *
 * @param prevKv the pair at the revision before, if asked for, it existed and is not compacted
 */
public record Event(Type type, KeyValue kv, @Nullable KeyValue prevKv) {
  /** etcd's two event types. */
  public enum Type {
    PUT,
    DELETE
  }
}
