package io.quorate.watch;

import io.quorate.command.Bytes;
import io.quorate.command.KeyRange;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.Record;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The watchers that have caught up, found by the keys that change: those of a single key in a hash
 * map, those of ranges in a tree. Apply thread.
 */
final class SyncedWatchers {

  /** The groups of one range: at most one for each combination of filters and forms. */
  private static final class Groups {
    final List<WatchGroup> list = new ArrayList<>(1);

    @Nullable WatchGroup find(Interest interest) {
      for (WatchGroup group : list) {
        if (group.interest.equals(interest)) {
          return group;
        }
      }
      return null;
    }
  }

  private final Map<Bytes, Groups> byKey = new HashMap<>();
  private final RangeTree<Groups> byRange = new RangeTree<>();
  private int count;

  boolean isEmpty() {
    return count == 0;
  }

  void add(Watcher watcher) {
    KeyRange range = watcher.interest.range();
    Groups groups =
        range.isSingle()
            ? byKey.computeIfAbsent(range.start(), key -> new Groups())
            : byRange.getOrAdd(range, Groups::new);
    WatchGroup group = groups.find(watcher.interest);
    if (group == null) {
      group = new WatchGroup(watcher.interest);
      groups.list.add(group);
    }
    group.add(watcher);
    count++;
  }

  void remove(Watcher watcher) {
    KeyRange range = watcher.interest.range();
    Groups groups = range.isSingle() ? byKey.get(range.start()) : byRange.get(range);
    WatchGroup group = groups == null ? null : groups.find(watcher.interest);
    if (groups == null || group == null) {
      throw new IllegalStateException("watcher " + watcher.id + " is not among the synced");
    }
    group.remove(watcher);
    count--;
    if (group.isEmpty()) {
      groups.list.remove(group);
      if (groups.list.isEmpty()) {
        if (range.isSingle()) {
          byKey.remove(range.start());
        } else {
          byRange.remove(range);
        }
      }
    }
  }

  /** The groups that see any of these changes, with the events pending in each, in order. */
  List<WatchGroup> match(KvStore store, List<Record> changes) {
    List<WatchGroup> touched = new ArrayList<>();
    for (Record record : changes) {
      EventSource source = new EventSource(store, record);
      Consumer<Groups> collect =
          groups -> {
            for (WatchGroup group : groups.list) {
              if (group.interest.takes(record) && group.add(group.interest.event(source))) {
                touched.add(group);
              }
            }
          };
      Bytes key = record.kv().key();
      Groups single = byKey.get(key);
      if (single != null) {
        collect.accept(single);
      }
      byRange.forEachContaining(key, collect);
    }
    return touched;
  }
}
