package io.quorate.cluster;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.Event;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.WatchBatch;
import io.quorate.vertx.client.WatchOptions;
import io.quorate.vertx.client.WatchStream;
import io.quorate.vertx.client.log.Logger;
import io.vertx.core.Completable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * This node's copy of the keys that all nodes share: read once, then updated by one watch, so that
 * everything in it changes in the order of revisions. The listener of each kind of key is told of
 * its changes, and of the end of each batch. {@link ManagerContext} only.
 */
final class Mirror {
  private static final Logger LOG = Logger.getLogger(Mirror.class);
  private static final int PAGE = 5_000;
  private static final long RETRY_MILLIS = 250;

  /** Processes the keys of one kind. */
  interface Listener {
    void put(KeyValue kv);

    /**
     * @param revision of the deletion, or a later one
     */
    void deleted(Bytes key, long revision);

    /** All changes up to {@code revision} have been delivered. */
    default void caughtUp(long revision) {}
  }

  private record Waiting(long revision, Runnable task) {}

  private final ManagerContext context;
  private final QuorateClient client;
  private final KeyLayout keys;
  private final Map<Byte, Listener> parts = new HashMap<>();
  private final List<Listener> inOrder = new ArrayList<>();
  private final Map<Bytes, Long> modRevisions = new HashMap<>();
  private final PriorityQueue<Waiting> waiting =
      new PriorityQueue<>(Comparator.comparingLong(Waiting::revision));
  private @Nullable WatchStream stream;
  private long revision;
  private long loaded;
  private boolean closed;

  Mirror(ManagerContext context, QuorateClient client, KeyLayout keys) {
    this.context = context;
    this.client = client;
    this.keys = keys;
  }

  void add(byte kind, Listener part) {
    parts.put(kind, part);
    inOrder.add(part);
  }

  /** Reads everything and watches from there. */
  void open(Completable<Void> opened) {
    read(
        keys.shared().start(),
        0,
        new ArrayList<>(),
        (all, failure) -> {
          if (all == null) {
            opened.fail(failure);
          } else if (!closed) {
            replace(all);
            watch();
            opened.succeed();
          }
        });
  }

  /** Reads page by page, all at the revision of the first page. */
  private void read(
      Bytes from, long at, List<KeyValue> found, Completable<List<KeyValue>> complete) {
    Command.Range page =
        Command.Range.of(new KeyRange(from, keys.shared().end())).withLimit(PAGE).atRevision(at);
    context.onComplete(
        client.store().range(page),
        (ranged, failure) -> {
          if (ranged == null) {
            complete.fail(failure);
            return;
          }
          found.addAll(ranged.kvs());
          long now = at == 0 ? ranged.revision() : at;
          if (ranged.more()) {
            Bytes last = found.get(found.size() - 1).key();
            Bytes next = Bytes.of(Arrays.copyOf(last.array(), last.length() + 1));
            read(next, now, found, complete);
          } else {
            loaded = now;
            complete.succeed(found);
          }
        });
  }

  /** Updates the copy to what was read; listeners are told of the differences only. */
  private void replace(List<KeyValue> all) {
    Set<Bytes> gone = new HashSet<>(modRevisions.keySet());
    List<KeyValue> changed = new ArrayList<>();
    for (KeyValue kv : all) {
      gone.remove(kv.key());
      Long known = modRevisions.get(kv.key());
      if (known == null || known != kv.modRevision()) {
        changed.add(kv);
      }
    }
    changed.sort(Comparator.comparingLong(KeyValue::modRevision));
    gone.forEach(key -> deleted(key, loaded));
    changed.forEach(this::put);
    reached(loaded);
  }

  private void watch() {
    WatchStream opened = client.watch(WatchOptions.of(keys.shared()).startingAt(revision + 1));
    stream = opened;
    opened.exceptionHandler(failure -> context.run(() -> broken(opened, failure)));
    opened.handler(batch -> context.run(() -> take(opened, batch)));
  }

  private void take(WatchStream from, WatchBatch batch) {
    if (closed || stream != from) {
      return;
    }
    for (Event event : batch.events()) {
      if (event.type() == Event.Type.PUT) {
        put(event.kv());
      } else {
        deleted(event.kv().key(), event.kv().modRevision());
      }
    }
    reached(batch.revision());
  }

  private void broken(WatchStream from, Throwable failure) {
    if (closed || stream != from) {
      return;
    }
    LOG.warn(
        "the watch on what the nodes share ended, all of it is read again: {}", failure.toString());
    stream = null;
    from.close();
    readAgain();
  }

  private void readAgain() {
    if (closed) {
      return;
    }
    open(
        (nothing, failure) -> {
          if (failure != null) {
            context.timer(RETRY_MILLIS, this::readAgain);
          }
        });
  }

  private void put(KeyValue kv) {
    modRevisions.put(kv.key(), kv.modRevision());
    Listener part = parts.get(keys.kind(kv.key()));
    if (part != null) {
      part.put(kv);
    }
  }

  private void deleted(Bytes key, long at) {
    modRevisions.remove(key);
    Listener part = parts.get(keys.kind(key));
    if (part != null) {
      part.deleted(key, at);
    }
  }

  private void reached(long to) {
    revision = Math.max(revision, to);
    inOrder.forEach(part -> part.caughtUp(revision));
    while (!waiting.isEmpty() && waiting.peek().revision() <= revision) {
      waiting.remove().task().run();
    }
  }

  /** Runs {@code task} once the copy has everything up to {@code wanted}. */
  void await(long wanted, Runnable task) {
    if (wanted <= revision) {
      task.run();
    } else {
      waiting.add(new Waiting(wanted, task));
    }
  }

  /** Ends the watch; the copy stays as it is. Waiting tasks are run. */
  void close() {
    closed = true;
    WatchStream open = stream;
    stream = null;
    if (open != null) {
      open.close();
    }
    List<Waiting> left = new ArrayList<>(waiting);
    waiting.clear();
    left.forEach(w -> w.task().run());
  }
}
