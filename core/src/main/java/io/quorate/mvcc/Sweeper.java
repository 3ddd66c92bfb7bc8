package io.quorate.mvcc;

import io.quorate.command.Bytes;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes compacted history out of the index, some keys at a time. Goes round in key order: when the
 * compacted revision rises under way it goes on from where it is and ends one full round later, so
 * that no part of the keys waits for ever. What a read under way still shows stays ({@link
 * OpenReads}); once it is closed there is another round. Apply thread.
 */
final class Sweeper {
  private final StoreState state;
  private boolean active;

  /** The last key visited, null at the start of the order. */
  private @Nullable Bytes visited;

  /** Where the round ends once it has {@link #wrapped}; null: at the end of the order. */
  private @Nullable Bytes lastKey;

  private boolean wrapped;

  /** Something was left for a read under way. */
  private boolean again;

  Sweeper(StoreState state) {
    this.state = state;
    this.active = state.compactRevision > 0;
  }

  boolean active() {
    return active || (again && !isHeldUp());
  }

  private boolean isHeldUp() {
    return state.openReads.oldest() < state.compactRevision;
  }

  /** The compacted revision has risen. */
  void restart() {
    active = true;
    lastKey = visited;
    wrapped = false;
  }

  List<Long> sweep(int maxKeys) {
    if (maxKeys <= 0) {
      throw new IllegalArgumentException("maxKeys must be positive");
    }
    if (!active && again && !isHeldUp()) {
      again = false;
      restart();
    }
    long oldest = state.openReads.oldest();
    again |= oldest < state.compactRevision;
    long revision = Math.min(state.compactRevision, oldest);
    List<Long> dead = new ArrayList<>();
    int left = maxKeys;
    while (active && left > 0) {
      left = sweepOn(left, revision, dead);
    }
    state.cache.invalidateAll(dead);
    return dead;
  }

  /** To the end of the order, of the round or of what is left to visit, whichever is first. */
  private int sweepOn(int maxKeys, long revision, List<Long> dead) {
    int left = maxKeys;
    Iterator<Map.Entry<Bytes, KeyHistory>> entries =
        (visited == null ? state.index : state.index.tailMap(visited, false)).entrySet().iterator();
    while (entries.hasNext()) {
      if (left == 0) {
        return 0;
      }
      Map.Entry<Bytes, KeyHistory> entry = entries.next();
      Bytes key = entry.getKey();
      if (wrapped && lastKey != null && key.compareTo(lastKey) > 0) {
        finish();
        return left;
      }
      compact(key, entry.getValue(), revision, dead);
      visited = key;
      left--;
    }
    if (lastKey == null || wrapped) {
      finish();
    } else {
      wrapped = true;
      visited = null;
    }
    return left;
  }

  private void compact(Bytes key, KeyHistory history, long revision, List<Long> dead) {
    KeyHistory rest = history.compacted(revision, dead);
    int gone = history.count() - (rest == null ? 0 : rest.count());
    for (int i = 0; i < gone; i++) {
      state.liveBytes -= StoreState.sizeBytes(key.length(), history.valueBytes(i));
    }
    if (rest == null) {
      state.index.remove(key);
    } else if (rest.count() < history.count()) {
      state.index.put(key, rest);
    }
  }

  private void finish() {
    active = false;
    visited = null;
    lastKey = null;
    wrapped = false;
  }
}
