package io.quorate.cluster.connection;

import io.quorate.cluster.options.QuorateClusterOptions;
import io.quorate.vertx.client.QuorateClient;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A connection that is opened and closed on its own thread, once each. Closing it while it is being
 * opened cancels the opening first.
 */
abstract class ThreadedConnection implements StoreConnection {
  final QuorateClusterOptions options;
  private final String threadName;
  private final CompletableFuture<Void> closeAsked = new CompletableFuture<>();

  // ---- under the lock of this
  private @Nullable ExecutorService thread;
  private @Nullable Future<Void> closed;

  ThreadedConnection(QuorateClusterOptions options, String threadName) {
    this.options = new QuorateClusterOptions(options).validate();
    this.threadName = threadName;
  }

  // ---- on that thread

  /**
   * Opens everything.
   *
   * @throws Exception on failure; {@link #closeAll} is called then
   */
  abstract QuorateClient openAll(Vertx vertx, Deadline deadline) throws Exception;

  /** What failed, for the error message. */
  abstract String aim();

  /** Closes what is open, in bounded time; no effect if nothing is. */
  abstract void closeAll();

  // ---- any thread

  @Override
  public @Nullable String host() {
    return options.getHost() != null ? options.getHost() : options.getPublicHost();
  }

  @Override
  public @Nullable String publicHost() {
    return options.getPublicHost() != null ? options.getPublicHost() : options.getHost();
  }

  @Override
  public Future<QuorateClient> open(Vertx vertx) {
    Promise<QuorateClient> opened = ((ContextInternal) vertx.getOrCreateContext()).promise();
    synchronized (this) {
      if (thread != null || closed != null) {
        opened.fail(new IllegalStateException("a connection is opened once"));
        return opened.future();
      }
      ExecutorService own =
          Executors.newSingleThreadExecutor(
              task -> {
                Thread t = new Thread(task, threadName);
                t.setDaemon(true);
                return t;
              });
      thread = own;
      own.execute(() -> open(vertx, opened));
    }
    return opened.future();
  }

  private void open(Vertx vertx, Promise<QuorateClient> opened) {
    Deadline deadline = new Deadline(options.getJoinTimeoutMillis(), closeAsked);
    QuorateClient client;
    try {
      client = openAll(vertx, deadline);
    } catch (Exception | Error e) {
      closeAll();
      Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
      opened.fail(cause instanceof Error ? cause : explained(cause, deadline));
      return;
    }
    opened.complete(client);
  }

  /** All steps share one deadline, so the message names the step during which it passed. */
  private JoinFailedException explained(Throwable cause, Deadline deadline) {
    return cause instanceof TimeoutException
        ? new JoinFailedException(
            aim()
                + ": the "
                + options.getJoinTimeoutMillis()
                + " ms of joinTimeoutMillis were over while "
                + deadline.step())
        : new JoinFailedException(aim(), cause);
  }

  @Override
  public Future<Void> close() {
    Promise<Void> done = Promise.promise();
    synchronized (this) {
      if (closed != null) {
        return closed;
      }
      closed = done.future();
      if (thread == null) {
        done.complete();
        return done.future();
      }
      closeAsked.complete(null);
      thread.execute(
          () -> {
            try {
              closeAll();
            } finally {
              done.complete(); // the caller must not hang, whatever fails here
            }
          });
      thread.shutdown();
      return done.future();
    }
  }
}
