package io.quorate.mvcc;

import io.quorate.command.KeyValue;

/**
 * One stored change. Records are numbered in the order they came to be, alike on all members, so
 * that ids ascend with (mod revision, sub).
 *
 * @param id ascending from 1, with gaps where compaction removed records
 * @param sub position of the change within its revision, from 0
 * @param kv the pair as of this change; a {@linkplain KeyValue#isTombstone tombstone} for a delete
 */
public record Record(long id, long sub, KeyValue kv) {
  public long main() {
    return kv.modRevision();
  }
}
