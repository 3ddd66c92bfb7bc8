package io.quorate.vertx.client;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.streams.ReadStream;
import org.jspecify.annotations.Nullable;

/**
 * The changes of a range of keys: each exactly once, in order, in whole revisions. After a lost
 * connection or member the watch resumes by itself, after the last revision it has delivered.
 *
 * <p>Used from one Vert.x context, on which all handlers are called. Pausing loses no events: those
 * that exceed the buffer are read from history later.
 *
 * <p>If compaction has removed a revision that was not delivered yet, the exception handler gets a
 * {@link WatchCompactedException} and the stream ends. A user that keeps a copy reads the range
 * again and watches from there. If the store is closed, the stream ends with a {@link
 * StoreClosedException}.
 */
public interface WatchStream extends ReadStream<WatchBatch> {

  @Override
  WatchStream exceptionHandler(@Nullable Handler<Throwable> handler);

  @Override
  WatchStream handler(@Nullable Handler<WatchBatch> handler);

  @Override
  WatchStream pause();

  @Override
  WatchStream resume();

  @Override
  WatchStream fetch(long amount);

  @Override
  WatchStream endHandler(@Nullable Handler<Void> handler);

  /**
   * Completes when the store has created the watch, with the revision after which changes are
   * delivered.
   */
  Future<Long> started();

  /** Ends the watch. No handler is called afterwards. Completes in bounded time. */
  Future<Void> close();
}
