package io.quorate.vertx.member.fault;

import io.netty.util.concurrent.EventExecutor;
import io.quorate.vertx.client.log.Logger;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What ends a member: one policy for all threads it has. A member that lost one of them, or what
 * one of them was about to do, would go on half alive; so it ends instead.
 *
 * <ul>
 *   <li>A task of the member's own (its loop, log, state, reads, timers) has no business throwing:
 *       whatever gets out of one ends the member ({@link #guarded}).
 *   <li>What is done for a connection may fail with it, or somebody could end members by asking.
 *       There only an {@link Error} ends the member ({@link #isFatal}), also one that a library
 *       caught and passes on ({@link #report}).
 *   <li>A thread that ends while the member runs ends the member.
 * </ul>
 *
 * Any thread.
 */
public final class FatalErrors {
  private static final Logger LOG = Logger.getLogger(FatalErrors.class);
  private static final int MAX_CAUSES = 16;

  private final Consumer<Throwable> ends;

  /**
   * @param ends ends the member; may be told more than once, and when there is no memory left: so
   *     it only notes what it is told and wakes somebody
   */
  public FatalErrors(Consumer<Throwable> ends) {
    this.ends = ends;
  }

  /**
   * Whether {@code failure}, or what caused it, says that the process cannot be relied on. A stack
   * that was too deep does not: it has been unwound, and says something of a request.
   */
  public static boolean isFatal(Throwable failure) {
    Throwable cause = failure;
    for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
      if (cause instanceof Error && !(cause instanceof StackOverflowError)) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  /**
   * For who answers or closes because of {@code failure}: if it is fatal, whoever watches over the
   * Vert.x of this thread hears of it.
   */
  public static void report(Throwable failure) {
    Context context = Vertx.currentContext();
    if (isFatal(failure) && context instanceof ContextInternal internal) {
      internal.reportException(failure);
    }
  }

  /** {@code task}, after which, if it throws, the member ends. */
  public Runnable guarded(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (Throwable e) {
        ends.accept(e);
      }
    };
  }

  /** As {@code executor}; what gets out of a task ends the member. */
  public Executor guarded(Executor executor) {
    return task -> executor.execute(guarded(task));
  }

  /** Daemon threads; one that dies of what it was given to do ends the member. */
  public ThreadFactory threads(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      thread.setUncaughtExceptionHandler((died, cause) -> ends.accept(cause));
      return thread;
    };
  }

  /**
   * Watches over the event loops of {@code vertx}: what is fatal on one of them, and one that ends,
   * end the member. All else is for the handler of exceptions that is set already, or the log.
   */
  public void watch(Vertx vertx) {
    Handler<Throwable> others = vertx.exceptionHandler();
    vertx.exceptionHandler(
        e -> {
          if (isFatal(e)) {
            ends.accept(e);
          }
          tell(others, e);
        });
    for (EventExecutor loop : ((VertxInternal) vertx).nettyEventLoopGroup()) {
      loop.terminationFuture()
          .addListener(ended -> ends.accept(new IllegalStateException("an event loop has ended")));
    }
  }

  private static void tell(@Nullable Handler<Throwable> others, Throwable e) {
    if (others != null) {
      others.handle(e);
    } else {
      LOG.error("unhandled", e);
    }
  }
}
