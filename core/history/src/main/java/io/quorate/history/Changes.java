package io.quorate.history;

import io.quorate.command.Bytes;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What really was written, revision by revision: read from a member's store, or from the order that
 * {@link Linearizability} found. Immutable.
 */
public final class Changes {

  /**
   * One revision.
   *
   * @param kvs the pairs it wrote, tombstones for what it deleted, in the order of its events
   */
  public record Change(long revision, List<KeyValue> kvs) {
    public Change {
      kvs = List.copyOf(kvs);
      for (KeyValue kv : kvs) {
        if (kv.modRevision() != revision) {
          throw new IllegalArgumentException(Shown.of(kv) + " in revision " + revision);
        }
      }
    }
  }

  private final List<Change> all;
  private final StoreModel states = new StoreModel();
  private final Map<Bytes, TreeMap<Long, KeyValue>> byKey = new HashMap<>();

  /**
   * @param all by ascending revision; the first may be any
   * @throws IllegalArgumentException revisions do not ascend
   */
  public Changes(List<Change> all) {
    this.all = List.copyOf(all);
    states.load(this.all);
    for (Change change : this.all) {
      for (KeyValue kv : change.kvs()) {
        byKey.computeIfAbsent(kv.key(), k -> new TreeMap<>()).put(change.revision(), kv);
      }
    }
  }

  public List<Change> all() {
    return all;
  }

  /** The newest revision; 1 if there was none. */
  public long revision() {
    return all.isEmpty() ? 1 : all.get(all.size() - 1).revision();
  }

  /** What a revision wrote; empty if it is not among these. */
  public List<KeyValue> at(long revision) {
    int low = 0;
    int high = all.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      Change change = all.get(middle);
      if (change.revision() == revision) {
        return change.kvs();
      } else if (change.revision() < revision) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return List.of();
  }

  /** The pair of {@code key} as of {@code revision}, null if it was not alive. */
  public @Nullable KeyValue pair(Bytes key, long revision) {
    return states.live(key, revision);
  }

  /** The live pairs of {@code range} as of {@code revision}, in key order. */
  public List<KeyValue> pairs(KeyRange range, long revision) {
    return states.live(range, revision);
  }

  /** The change of {@code key} in exactly this revision, null if there was none. */
  @Nullable KeyValue exactly(Bytes key, long revision) {
    TreeMap<Long, KeyValue> changes = byKey.get(key);
    return changes == null ? null : changes.get(revision);
  }

  /** All states there were, to be read only. */
  StoreModel states() {
    return states;
  }

  /** The pairs that hung on {@code lease} as of {@code revision}, in key order. */
  public List<KeyValue> attached(long lease, long revision) {
    return states.attached(lease, revision);
  }
}
