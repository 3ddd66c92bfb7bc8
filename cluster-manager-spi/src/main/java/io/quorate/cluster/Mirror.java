package io.quorate.cluster;

import io.quorate.command.Bytes;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.RangeCopy;
import io.quorate.vertx.client.log.Logger;
import io.vertx.core.Completable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * This node's copy of the keys that all nodes share, with one watch, so that everything in it
 * changes in the order of revisions. The listener of each kind of key is told of its changes, and
 * of the end of each batch. {@link ManagerContext} only.
 */
final class Mirror {
  private static final Logger LOG = Logger.getLogger(Mirror.class);
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
  private final Map<Byte, Listener> listeners = new HashMap<>();
  private final List<Listener> inOrder = new ArrayList<>();
  private final PriorityQueue<Waiting> waiting =
      new PriorityQueue<>(Comparator.comparingLong(Waiting::revision));
  private @Nullable RangeCopy copy;
  private long revision;
  private boolean closed;

  Mirror(ManagerContext context, QuorateClient client, KeyLayout keys) {
    this.context = context;
    this.client = client;
    this.keys = keys;
  }

  void add(byte kind, Listener listener) {
    listeners.put(kind, listener);
    inOrder.add(listener);
  }

  /**
   * Reads everything and follows from there.
   *
   * @param opened fails if the keys cannot be read
   */
  void open(Completable<Void> opened) {
    if (!closed) {
      copy = RangeCopy.follow(context.vertxContext(), client, keys.shared(), new Following(opened));
    }
  }

  private final class Following implements RangeCopy.Listener {
    private @Nullable Completable<Void> opened;

    Following(Completable<Void> opened) {
      this.opened = opened;
    }

    @Override
    public void put(KeyValue pair) {
      Listener listener = listeners.get(keys.kind(pair.key()));
      if (listener != null) {
        listener.put(pair);
      }
    }

    @Override
    public void gone(KeyValue last, long at) {
      Listener listener = listeners.get(keys.kind(last.key()));
      if (listener != null) {
        listener.deleted(last.key(), at);
      }
    }

    @Override
    public void reached(long to) {
      Mirror.this.reached(to);
      Completable<Void> told = opened;
      if (told != null) {
        opened = null;
        told.succeed();
      }
    }

    @Override
    public void unavailable(Throwable cause) {
      LOG.debug("the keys that the nodes share cannot be read: {}", cause.toString());
      failOpening(cause);
    }

    @Override
    public void ended(Throwable cause) {
      if (failOpening(cause)) {
        return;
      }
      LOG.warn("the watch on the keys that the nodes share ended, they are read again: {}", cause);
      context.timer(
          RETRY_MILLIS,
          () -> {
            if (copy != null) {
              copy.followAgain();
            }
          });
    }

    private boolean failOpening(Throwable cause) {
      Completable<Void> told = opened;
      if (told == null) {
        return false;
      }
      opened = null;
      closeCopy();
      told.fail(cause);
      return true;
    }
  }

  private void closeCopy() {
    RangeCopy open = copy;
    copy = null;
    if (open != null) {
      open.close();
    }
  }

  private void reached(long to) {
    revision = Math.max(revision, to);
    inOrder.forEach(listener -> listener.caughtUp(revision));
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
    closeCopy();
    List<Waiting> left = new ArrayList<>(waiting);
    waiting.clear();
    left.forEach(w -> w.task().run());
  }
}
