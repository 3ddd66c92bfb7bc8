package io.quorate.vertx.client;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.Event;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a range of keys in memory that follows the store. It is read once and then changed by a
 * watch. If compaction has removed events that the watch had not delivered yet, the range is read
 * again.
 *
 * <p>The copy always is of one revision. It lags behind the store by the delay of a message, and by
 * more while the store cannot be reached: the copy then stays unchanged.
 */
public final class RangeCopy {
  private static final long MIN_WAIT_MILLIS = 50;
  private static final long MAX_WAIT_MILLIS = 2_000;
  private static final int MAX_DOUBLINGS = 6;

  /** Receives the changes of one copy, on one context. */
  public interface Listener {
    /**
     * The copy was read, or has changed.
     *
     * @param pairs the pairs at {@code revision}, ascending; to be read within this call only
     */
    void changed(NavigableMap<Bytes, KeyValue> pairs, long revision);

    /**
     * A pair was deleted; called before {@link #changed} for the same change. One change may
     * combine several revisions, so this may be the only call about {@code last}.
     */
    default void gone(KeyValue last) {}

    /** The range could not be read. Reading is repeated until it succeeds or the copy is closed. */
    void unavailable(Throwable cause);

    /** The store is closed or refuses the watch. No further calls follow. */
    void ended(Throwable cause);
  }

  private final QuorateClient client;
  private final KeyRange range;
  private final Listener listener;
  private final ContextInternal home;
  private final NavigableMap<Bytes, KeyValue> pairs = new TreeMap<>();
  private @Nullable WatchStream watch;
  private int failures;
  private boolean over;

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

  private void read() {
    if (!over) {
      client.store().range(Command.Range.of(range)).onComplete(this::read);
    }
  }

  private void read(Result.@Nullable Ranged read, @Nullable Throwable failure) {
    if (over) {
      return;
    }
    if (read == null) {
      failed(failure == null ? new IllegalStateException("no answer") : failure);
      return;
    }
    failures = 0;
    pairs.clear();
    read.kvs().forEach(pair -> pairs.put(pair.key(), pair));
    watchFrom(read.revision() + 1);
    listener.changed(Collections.unmodifiableNavigableMap(pairs), read.revision());
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

  private void watchFrom(long revision) {
    WatchStream opened = client.watch(WatchOptions.of(range).startingAt(revision));
    watch = opened;
    opened.exceptionHandler(
        failure -> {
          if (!over && failure instanceof WatchCompactedException) {
            read();
          } else if (!over) {
            end(failure);
          }
        });
    opened.handler(this::heard);
  }

  private void heard(WatchBatch batch) {
    if (over || batch.events().isEmpty()) {
      return;
    }
    for (Event event : batch.events()) {
      if (event.type() == Event.Type.PUT) {
        pairs.put(event.kv().key(), event.kv());
      } else {
        KeyValue last = pairs.remove(event.kv().key());
        if (last != null) {
          listener.gone(last);
        }
      }
    }
    listener.changed(Collections.unmodifiableNavigableMap(pairs), batch.revision());
  }

  private void end(Throwable cause) {
    over = true;
    listener.ended(cause);
  }

  /**
   * Ends the watch. The listener is not called after the returned future has completed. Any thread.
   */
  public Future<Void> close() {
    Promise<Void> closed = ((ContextInternal) client.vertx().getOrCreateContext()).promise();
    home.runOnContext(
        v -> {
          over = true;
          WatchStream open = watch;
          Future<Void> ended = open == null ? Future.succeededFuture() : open.close();
          ended.onComplete(closed);
        });
    return closed.future();
  }
}
