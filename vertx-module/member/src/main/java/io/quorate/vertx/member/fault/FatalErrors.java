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
 * Decides which errors end a member, for all its threads. A member that lost one of its threads, or
 * part of that thread's work, would be in an unknown state; so it ends instead.
 *
 * <ul>
 *   <li>The member's own tasks (loop, log, state, reads, timers) are not supposed to throw: any
 *       exception from one of them ends the member ({@link #guarded}).
 *   <li>Work for a connection may fail and close the connection; otherwise a client could end
 *       members. Here only an {@link Error} ends the member ({@link #isFatal}), also one that a
 *       library caught and passes on ({@link #report}).
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
   * @param ends ends the member; may be called more than once, and when there is no memory left, so
   *     it should only store the error and wake another thread
   */
  public FatalErrors(Consumer<Throwable> ends) {
    this.ends = ends;
  }

  /**
   * Whether {@code failure}, or one of its causes, means that the process cannot be relied on. A
   * stack overflow does not: the stack has been unwound, and a request was the cause.
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
   * To be called by code that handles {@code failure} by an answer or by closing: if it is fatal,
   * the exception handler of the current context gets it as well.
   */
  public static void report(Throwable failure) {
    Context context = Vertx.currentContext();
    if (isFatal(failure) && context instanceof ContextInternal internal) {
      internal.reportException(failure);
    }
  }

  /** A task that runs {@code task}, and ends the member if it throws. */
  public Runnable guarded(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (Throwable e) {
        ends.accept(e);
      }
    };
  }

  /** Like {@code executor}, but an exception from a task ends the member. */
  public Executor guarded(Executor executor) {
    return task -> executor.execute(guarded(task));
  }

  /** A factory of daemon threads; a thread that dies of an exception ends the member. */
  public ThreadFactory threads(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      thread.setUncaughtExceptionHandler((died, cause) -> ends.accept(cause));
      return thread;
    };
  }

  /**
   * Watches the event loops of {@code vertx}: a fatal error on one of them ends the member, and so
   * does the end of an event loop. Other errors go to the existing exception handler, or the log.
   */
  public void watch(Vertx vertx) {
    Handler<Throwable> existingHandler = vertx.exceptionHandler();
    vertx.exceptionHandler(
        e -> {
          if (isFatal(e)) {
            ends.accept(e);
          }
          passOn(existingHandler, e);
        });
    for (EventExecutor loop : ((VertxInternal) vertx).nettyEventLoopGroup()) {
      loop.terminationFuture()
          .addListener(ended -> ends.accept(new IllegalStateException("an event loop has ended")));
    }
  }

  private static void passOn(@Nullable Handler<Throwable> existingHandler, Throwable e) {
    if (existingHandler != null) {
      existingHandler.handle(e);
    } else {
      LOG.error("unhandled", e);
    }
  }
}
