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
 * The node's session, and another one when it is lost. What hangs on it is told of both, in the
 * order of registration. {@link Home} only, but for {@link #isActive}.
 */
final class Life {
  private static final Logger LOG = Logger.getLogger(Life.class);
  private static final long RETRY_MILLIS = 250;
  private static final long MAX_PATIENCE_MILLIS = 8_000;

  /** Who has things that hang on the session. */
  interface Part {
    /** There is a new session: what the node still owns is to be created again. */
    void sessionBegun();

    /** The session is gone, and so is, or soon will be, what hung on it. */
    void sessionLost();
  }

  private final Home home;
  private final QuorateClient client;
  private final long ttlSeconds;
  private final List<Part> parts = new ArrayList<>();
  private volatile @Nullable Session session;
  private volatile boolean active;
  private Runnable rejoin = () -> {};
  private boolean ended;

  Life(Home home, QuorateClient client, long ttlSeconds) {
    this.home = home;
    this.client = client;
    this.ttlSeconds = ttlSeconds;
  }

  void add(Part part) {
    parts.add(part);
  }

  /** The first session, without telling the parts: they are told by {@link #activate}. */
  void begin(Completable<Void> begun) {
    home.hear(
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
    home.hear(
        opened.lost(),
        (nothing, failure) -> {
          if (session == opened) {
            lost();
          }
        });
  }

  /** The node is a part of the cluster under the present session. */
  void activate() {
    active = true;
    parts.forEach(Part::sessionBegun);
  }

  /** Somebody took away what hung on the session: it is given up, and another one is begun. */
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
      parts.forEach(Part::sessionLost);
    }
    again(1_000);
  }

  /**
   * A member that was stopped believes for a moment that it still leads, and never answers what it
   * takes then. So there is another attempt soon; a session that comes too late is given back.
   */
  private void again(long patienceMillis) {
    if (ended) {
      return;
    }
    boolean[] over = {false};
    long timer =
        home.timer(
            patienceMillis,
            () -> {
              over[0] = true;
              again(Math.min(MAX_PATIENCE_MILLIS, 2 * patienceMillis));
            });
    home.hear(
        client.session(ttlSeconds),
        (opened, failure) -> {
          if (over[0]) {
            if (opened != null) {
              opened.close();
            }
            return;
          }
          home.cancel(timer);
          if (opened == null) {
            home.timer(RETRY_MILLIS, () -> again(patienceMillis));
            return;
          }
          adopt(opened);
          if (!ended) {
            rejoin.run();
          }
        });
  }

  /**
   * @param rejoin makes this node a member under the session there is, then calls {@link #activate}
   */
  void onReturn(Runnable rejoin) {
    this.rejoin = rejoin;
  }

  /** Id of the lease that keys are to hang on, 0 if there is no session at the moment. */
  long lease() {
    Session now = session;
    return now == null || !now.isAlive() ? 0 : now.leaseId();
  }

  /** True while this node is in the cluster for all it knows. Any thread. */
  boolean isActive() {
    Session now = session;
    return active && now != null && now.isAlive();
  }

  /** Ends the session, and all that hangs on it with it, in one revision. Bounded. */
  Future<Void> end() {
    ended = true;
    active = false;
    Session last = session;
    session = null;
    return last == null ? Future.succeededFuture() : last.close();
  }
}
