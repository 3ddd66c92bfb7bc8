package io.quorate.vertx.client;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.Event;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.vertx.support.Contexts;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a range of keys in memory that follows the store. It is read once, page by page at one
 * revision, and then changed by a watch. If compaction has removed events that the watch had not
 * delivered yet, the range is read again, and the listener is told of the differences.
 *
 * <p>The copy always is of one revision. It lags behind the store by the delay of a message, and by
 * more while the store cannot be reached: the copy then stays unchanged.
 */
public final class RangeCopy {
  private static final int PAGE_PAIRS = 5_000;
  private static final long MIN_WAIT_MILLIS = 50;
  private static final long MAX_WAIT_MILLIS = 2_000;
  private static final int MAX_DOUBLINGS = 6;

  /**
   * Receives the changes of one copy, on one context. Each change is a number of {@link #put} and
   * {@link #gone}, then {@link #changed}, then {@link #reached}.
   */
  public interface Listener {
    /** A pair is new, or has a new value. */
    default void put(KeyValue pair) {}

    /**
     * A pair was deleted.
     *
     * @param last the newest value that was in the copy; there may have been newer ones
     * @param revision of the deletion, or a later one
     */
    default void gone(KeyValue last, long revision) {}

    /**
     * The copy was read for the first time, or has changed.
     *
     * @param pairs the pairs at {@code revision}, ascending; to be read within this call only
     */
    default void changed(NavigableMap<Bytes, KeyValue> pairs, long revision) {}

    /** The copy has everything up to {@code revision}, whether it has changed or not. */
    default void reached(long revision) {}

    /** The range could not be read. Reading is repeated until it succeeds or the copy is closed. */
    void unavailable(Throwable cause);

    /**
     * The store is closed or refuses the watch. No further calls follow, unless {@link
     * #followAgain} is called.
     */
    void ended(Throwable cause);
  }

  private final QuorateClient client;
  private final KeyRange range;
  private final Listener listener;
  private final ContextInternal home;
  private final NavigableMap<Bytes, KeyValue> pairs = new TreeMap<>();
  private @Nullable WatchStream watch;
  private int failures;
  private boolean isRead;
  private boolean ended;
  private boolean closed;

  private RangeCopy(ContextInternal home, QuorateClient client, KeyRange range, Listener listener) {
    this.client = client;
    this.range = range;
    this.listener = listener;
    this.home = home;
  }

  /** Starts at once, on a new context. Any thread. */
  public static RangeCopy follow(QuorateClient client, KeyRange range, Listener listener) {
    return follow(
        ((VertxInternal) client.vertx()).createEventLoopContext(), client, range, listener);
  }

  /**
   * As {@link #follow(QuorateClient, KeyRange, Listener)}.
   *
   * @param home an event loop's context, on which the listener is called
   */
  public static RangeCopy follow(
      Context home, QuorateClient client, KeyRange range, Listener listener) {
    RangeCopy copy = new RangeCopy((ContextInternal) home, client, range, listener);
    copy.home.runOnContext(v -> copy.read());
    return copy;
  }

  /** Continues after the end, from the pairs that are there. On the copy's context. */
  public void followAgain() {
    if (!closed && ended) {
      ended = false;
      read();
    }
  }

  private boolean isOver() {
    return ended || closed;
  }

  private void run(Runnable task) {
    Contexts.run(home, task);
  }

  // ---- reading

  private void read() {
    if (!isOver()) {
      readPage(range.start(), 0, new ArrayList<>());
    }
  }

  /**
   * @param revision that of the first page; 0 for the first page itself
   */
  private void readPage(Bytes from, long revision, List<KeyValue> found) {
    KeyRange rest = range.isSingle() ? range : new KeyRange(from, range.end());
    client
        .store()
        .range(Command.Range.of(rest).withLimit(PAGE_PAIRS).atRevision(revision))
        .onComplete((page, failure) -> run(() -> take(page, failure, revision, found)));
  }

  private void take(
      Result.@Nullable Ranged page,
      @Nullable Throwable failure,
      long revision,
      List<KeyValue> found) {
    if (isOver()) {
      return;
    }
    if (page == null) {
      failed(failure == null ? new IllegalStateException("no answer") : failure);
      return;
    }
    found.addAll(page.kvs());
    long readRevision = revision == 0 ? page.revision() : revision;
    if (page.more()) {
      Bytes last = found.get(found.size() - 1).key();
      Bytes next = Bytes.of(Arrays.copyOf(last.array(), last.length() + 1));
      readPage(next, readRevision, found);
    } else {
      failures = 0;
      watchFrom(readRevision + 1);
      replace(found, readRevision);
    }
  }

  private void failed(Throwable failure) {
    if (failure instanceof StoreClosedException) {
      end(failure);
      return;
    }
    listener.unavailable(failure);
    long wait = MIN_WAIT_MILLIS << Math.min(failures++, MAX_DOUBLINGS);
    home.setTimer(Math.min(wait, MAX_WAIT_MILLIS), fired -> read());
  }

  /** Deletions come first, then the pairs that differ in the order of their revisions. */
  private void replace(List<KeyValue> found, long revision) {
    NavigableMap<Bytes, KeyValue> missing = new TreeMap<>(pairs);
    List<KeyValue> different = new ArrayList<>();
    for (KeyValue pair : found) {
      KeyValue known = missing.remove(pair.key());
      if (known == null || known.modRevision() != pair.modRevision()) {
        different.add(pair);
      }
    }
    different.sort(Comparator.comparingLong(KeyValue::modRevision));
    missing.keySet().forEach(key -> delete(key, revision));
    different.forEach(this::put);
    boolean changed = !isRead || !missing.isEmpty() || !different.isEmpty();
    isRead = true;
    tellListener(changed, revision);
  }

  // ---- the watch

  private void watchFrom(long revision) {
    WatchStream opened = client.watch(WatchOptions.of(range).startingAt(revision));
    watch = opened;
    opened.exceptionHandler(failure -> run(() -> broken(opened, failure)));
    opened.handler(batch -> run(() -> take(opened, batch)));
  }

  private void broken(WatchStream from, Throwable failure) {
    if (isOver() || watch != from) {
      return;
    }
    watch = null;
    from.close();
    if (failure instanceof WatchCompactedException) {
      read();
    } else {
      end(failure);
    }
  }

  private void take(WatchStream from, WatchBatch batch) {
    if (isOver() || watch != from) {
      return;
    }
    for (Event event : batch.events()) {
      if (event.type() == Event.Type.PUT) {
        put(event.kv());
      } else {
        delete(event.kv().key(), event.kv().modRevision());
      }
    }
    tellListener(!batch.events().isEmpty(), batch.revision());
  }

  private void put(KeyValue pair) {
    pairs.put(pair.key(), pair);
    listener.put(pair);
  }

  private void delete(Bytes key, long revision) {
    KeyValue last = pairs.remove(key);
    if (last != null) {
      listener.gone(last, revision);
    }
  }

  private void tellListener(boolean changed, long revision) {
    if (changed) {
      listener.changed(Collections.unmodifiableNavigableMap(pairs), revision);
    }
    listener.reached(revision);
  }

  // ---- the end

  private void end(Throwable cause) {
    ended = true;
    listener.ended(cause);
  }

  /**
   * Ends the watch. The listener is not called after the returned future has completed; if this is
   * called on the copy's context, it is not called any more at all. Any thread.
   */
  public Future<Void> close() {
    Promise<Void> done = ((ContextInternal) client.vertx().getOrCreateContext()).promise();
    run(
        () -> {
          closed = true;
          WatchStream open = watch;
          watch = null;
          Future<Void> closing = open == null ? Future.succeededFuture() : open.close();
          closing.onComplete(done);
        });
    return done.future();
  }
}
