package io.quorate.history;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What answers tell about times other than their own: a pair that was seen must have been written
 * at its modification revision, and have stood until it was seen. A step that contradicts this can
 * never be completed to an order that explains all answers, so it need not be tried; which is what
 * finds the place of requests with lost answers without trying them everywhere.
 *
 * <p>Each rule only follows from what the answer in question needs to be right at all: if an order
 * exists, no rule excludes it.
 */
final class Sightings {

  /** One version of a key. {@code pair} is null if it is known only to have been created then. */
  private static final class Sighting {
    @Nullable KeyValue pair;
    long until;
    boolean contradictory;
  }

  private final Map<Bytes, TreeMap<Long, Sighting>> byKey = new HashMap<>();
  private final Map<Long, List<Bytes>> byRevision = new HashMap<>();
  private final Map<KeyValue, Long> firstSeen = new HashMap<>();

  void add(Operation operation) {
    if (!(operation.outcome() instanceof Operation.Succeeded succeeded)) {
      return;
    }
    Result result = succeeded.result();
    if (operation.request() instanceof Operation.Read read
        && result instanceof Result.Ranged ranged) {
      add(read.range(), ranged, ranged.revision());
    } else if (operation.request() instanceof Operation.Do action) {
      Command command = action.command();
      if (result instanceof Result.Putted putted) {
        before(putted, putted.revision());
      } else if (result instanceof Result.Deleted deleted) {
        before(deleted, deleted.revision());
      } else if (command instanceof Command.Txn txn && result instanceof Result.TxnDone done) {
        add(txn, done, done.revision());
      }
    }
  }

  /** Within a transaction only what stood before it is sure to be seen by others. */
  private void add(Command.Txn txn, Result.TxnDone done, long revision) {
    List<Command.Op> ops = done.succeeded() ? txn.success() : txn.failure();
    if (ops.size() != done.responses().size()) {
      return;
    }
    for (int i = 0; i < ops.size(); i++) {
      Result.OpResult response = done.responses().get(i);
      if (ops.get(i) instanceof Command.Range range && response instanceof Result.Ranged ranged) {
        add(range, ranged, revision - 1);
      } else if (response instanceof Result.Putted putted) {
        before(putted, revision);
      } else if (response instanceof Result.Deleted deleted) {
        before(deleted, revision);
      } else if (ops.get(i) instanceof Command.Txn inner
          && response instanceof Result.TxnDone innerDone) {
        add(inner, innerDone, revision);
      }
    }
  }

  private void add(Command.Range range, Result.Ranged ranged, long newest) {
    if (range.keysOnly()) {
      return;
    }
    long until = range.revision() > 0 ? Math.min(range.revision(), newest) : newest;
    ranged.kvs().forEach(kv -> add(kv, until));
  }

  private void before(Result.Putted putted, long revision) {
    if (putted.prevKv() != null) {
      add(putted.prevKv(), revision - 1);
    }
  }

  private void before(Result.Deleted deleted, long revision) {
    deleted.prevKvs().forEach(kv -> add(kv, revision - 1));
  }

  private void add(KeyValue kv, long until) {
    if (kv.modRevision() > until || kv.isTombstone()) {
      return;
    }
    Sighting sighting = at(kv.key(), kv.modRevision());
    if (sighting.pair != null && !sighting.pair.equals(kv)) {
      sighting.contradictory = true;
    }
    sighting.pair = kv;
    sighting.until = Math.max(sighting.until, until);
    firstSeen.putIfAbsent(content(kv.key(), kv.value()), kv.modRevision());
    if (kv.createRevision() < kv.modRevision()) {
      at(kv.key(), kv.createRevision());
    }
  }

  private Sighting at(Bytes key, long revision) {
    return byKey
        .computeIfAbsent(key, k -> new TreeMap<>())
        .computeIfAbsent(
            revision,
            r -> {
              byRevision.computeIfAbsent(r, x -> new ArrayList<>(1)).add(key);
              Sighting fresh = new Sighting();
              fresh.until = r;
              return fresh;
            });
  }

  private static KeyValue content(Bytes key, Bytes value) {
    return new KeyValue(key, value, 0, 0, 0, 0);
  }

  /** The revision at which this key was seen to get this value, 0 if it was not. */
  long seenAt(Bytes key, Bytes value) {
    return firstSeen.getOrDefault(content(key, value), 0L);
  }

  /**
   * Whether the revisions above {@code before}, which the model has just made by writing {@code
   * keys}, can be what the answers speak of.
   */
  boolean allow(StoreModel model, long before, List<Bytes> keys) {
    for (Bytes key : keys) {
      KeyValue now = model.newest(key, Long.MAX_VALUE);
      if (now == null || !allow(now)) {
        return false;
      }
    }
    for (long r = before + 1; r <= model.revision(); r++) {
      for (Bytes key : byRevision.getOrDefault(r, List.of())) {
        KeyValue then = model.newest(key, r);
        if (then == null || then.modRevision() != r || then.isTombstone()) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean allow(KeyValue now) {
    TreeMap<Long, Sighting> sightings = byKey.get(now.key());
    if (sightings == null) {
      return true;
    }
    long at = now.modRevision();
    Map.Entry<Long, Sighting> earlier = sightings.lowerEntry(at);
    if (earlier != null && earlier.getValue().until >= at) {
      return false; // what was seen later had not been overwritten here
    }
    Map.Entry<Long, Sighting> later = sightings.ceilingEntry(at);
    if (later == null) {
      return true;
    }
    KeyValue pair = later.getValue().pair;
    if (later.getValue().contradictory) {
      return false;
    }
    if (later.getKey() == at) {
      return pair == null ? now.createRevision() == at : pair.equals(now);
    }
    if (pair == null || pair.createRevision() > at) {
      return true; // another life of the key
    }
    long puts = pair.version() - now.version();
    return now.createRevision() == pair.createRevision()
        && puts > 0
        && puts <= pair.modRevision() - at;
  }
}
