package io.quorate.cluster;

import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.Session;
import io.quorate.vertx.client.log.Logger;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a session with the store, and opens another one when it is lost. Listeners are told of
 * both, in the order in which they were added. {@link ManagerContext} only, except {@link
 * #isActive}.
 */
final class NodeSession {
  private static final Logger LOG = Logger.getLogger(NodeSession.class);
  private static final long RETRY_MILLIS = 250;
  private static final long MAX_TIMEOUT_MILLIS = 8_000;

  /** Owns keys that are attached to the session. */
  interface Listener {
    /** There is a new session: the keys of the node are to be put again. */
    void sessionBegun();

    /** The session is lost; its keys are gone or soon will be. */
    void sessionLost();
  }

  private final ManagerContext context;
  private final QuorateClient client;
  private final long ttlSeconds;
  private final List<Listener> parts = new ArrayList<>();
  private volatile @Nullable Session session;
  private volatile boolean active;
  private Runnable rejoin = () -> {};
  private boolean ended;

  NodeSession(ManagerContext context, QuorateClient client, long ttlSeconds) {
    this.context = context;
    this.client = client;
    this.ttlSeconds = ttlSeconds;
  }

  void add(Listener part) {
    parts.add(part);
  }

  /** Opens the first session; listeners are told by {@link #activate}. */
  void begin(Completable<Void> begun) {
    context.onComplete(
        client.session(ttlSeconds),
        (opened, failure) -> {
          if (opened == null) {
            begun.fail(failure);
            return;
          }
          adopt(opened);
          begun.succeed();
        });
  }

  private void adopt(Session opened) {
    if (ended) {
      opened.close();
      return;
    }
    session = opened;
    context.onComplete(
        opened.lost(),
        (nothing, failure) -> {
          if (session == opened) {
            lost();
          }
        });
  }

  /** The node is in the cluster under the present session. */
  void activate() {
    active = true;
    parts.forEach(Listener::sessionBegun);
  }

  /** The keys of the session were deleted: it is closed, and another one is opened. */
  void giveUp() {
    Session given = session;
    if (given != null && !ended) {
      given.close();
      lost();
    }
  }

  private void lost() {
    session = null;
    if (ended) {
      return;
    }
    boolean was = active;
    active = false;
    LOG.warn(
        "the session with the store was lost; this node is out of the cluster until it has another one");
    if (was) {
      parts.forEach(Listener::sessionLost);
    }
    again(1_000);
  }

  /**
   * A paused leader that resumes still believes for a moment that it leads, and never answers the
   * requests that it accepts then. So the request is retried soon; a session that is granted too
   * late is closed.
   */
  private void again(long timeoutMillis) {
    if (ended) {
      return;
    }
    boolean[] over = {false};
    long timer =
        context.timer(
            timeoutMillis,
            () -> {
              over[0] = true;
              again(Math.min(MAX_TIMEOUT_MILLIS, 2 * timeoutMillis));
            });
    context.onComplete(
        client.session(ttlSeconds),
        (opened, failure) -> {
          if (over[0]) {
            if (opened != null) {
              opened.close();
            }
            return;
          }
          context.cancel(timer);
          if (opened == null) {
            context.timer(RETRY_MILLIS, () -> again(timeoutMillis));
            return;
          }
          adopt(opened);
          if (!ended) {
            rejoin.run();
          }
        });
  }

  /**
   * @param rejoin announces this node under the present session, then calls {@link #activate}
   */
  void onReturn(Runnable rejoin) {
    this.rejoin = rejoin;
  }

  /** Id of the session's lease, 0 if there is no session. */
  long lease() {
    Session now = session;
    return now == null || !now.isAlive() ? 0 : now.leaseId();
  }

  /** True while this node has a live session and is announced. Any thread. */
  boolean isActive() {
    Session now = session;
    return active && now != null && now.isAlive();
  }

  /** Closes the session, which deletes its keys in one revision. Bounded. */
  Future<Void> end() {
    ended = true;
    active = false;
    Session last = session;
    session = null;
    return last == null ? Future.succeededFuture() : last.close();
  }
}
