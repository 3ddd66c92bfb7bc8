package io.quorate.vertx.client;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.streams.ReadStream;
import org.jspecify.annotations.Nullable;

/**
 * The changes of a range of keys: each exactly once, in order, whole revisions only. It goes on by
 * itself after a lost connection or member, from the revision after the last one it has delivered.
 *
 * <p>Used from one Vert.x context, on which all handlers are called. While paused nothing is lost:
 * what piles up beyond a bound is read from history afterwards.
 *
 * <p>If compaction has removed a revision that was not delivered yet, the exception handler gets a
 * {@link WatchCompactedException} and the stream ends: whoever keeps a copy reads the range again
 * and watches from there. If the store is closed, the stream ends with a {@link
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

  /** Completes when the store watches, with the revision after which changes are delivered. */
  Future<Long> started();

  /** Ends the watch; nothing is heard afterwards. Completes in bounded time. */
  Future<Void> close();
}
