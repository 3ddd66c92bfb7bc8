package io.quorate.vertx.client;

import io.quorate.vertx.support.LeaseHold;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one client, renewed on one loop by one timer. Renewals that are due within
 * {@value #TOGETHER_MILLIS} ms of each other are sent together.
 *
 * <p>When a lease is renewed and how long it holds is decided by {@link LeaseHold}.
 */
final class Sessions {
  private static final long TOGETHER_MILLIS = 100;
  private static final long TOGETHER_NANOS = TimeUnit.MILLISECONDS.toNanos(TOGETHER_MILLIS);
  private static final long MAX_CLOSE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final QuorateStore store;
  private final Loop loop;
  private final Supplier<Promise<Void>> promises;
  private final Set<Renewed> open = new LinkedHashSet<>();
  private @Nullable Runnable timer;
  private boolean closed;

  /**
   * @param promises makes promises that complete on the caller's context
   */
  Sessions(QuorateStore store, Loop loop, Supplier<Promise<Void>> promises) {
    this.store = store;
    this.loop = loop;
    this.promises = promises;
  }

  /** Any thread; completes on the loop. */
  Future<Session> open(long ttlSeconds) {
    Promise<Void> lost = promises.get();
    Promise<Void> ended = promises.get();
    Promise<Session> opened = Promise.promise();
    loop.execute(
        () -> {
          if (closed) {
            opened.fail(new IllegalStateException("the client is closed"));
            return;
          }
          long sentNanos = loop.nanoTime();
          store
              .leaseGrant(0, ttlSeconds)
              .onFailure(opened::fail)
              .onSuccess(
                  granted -> {
                    Renewed session =
                        new Renewed(granted.id(), granted.ttlSeconds(), sentNanos, lost, ended);
                    if (closed) {
                      session
                          .end()
                          .onComplete(
                              v -> opened.fail(new IllegalStateException("the client is closed")));
                      return;
                    }
                    open.add(session);
                    schedule();
                    opened.complete(session);
                  });
        });
    return opened.future();
  }

  /** Completes on the loop, in bounded time, once the leases are revoked. Any thread. */
  Future<Void> close() {
    Promise<Void> done = Promise.promise();
    loop.execute(
        () -> {
          closed = true;
          List<Future<Void>> ends = new ArrayList<>();
          for (Renewed session : new ArrayList<>(open)) {
            ends.add(session.end());
          }
          Future.join(ends).onComplete(v -> done.complete());
        });
    return done.future();
  }

  private void turn() {
    timer = null;
    long now = loop.nanoTime();
    for (Renewed session : new ArrayList<>(open)) {
      if (!session.hold.holds(now)) {
        session.lose();
      } else if (session.hold.isRenewalDue(now + TOGETHER_NANOS)) {
        session.renew(now);
      }
    }
    schedule();
  }

  private void schedule() {
    if (timer != null) {
      timer.run();
      timer = null;
    }
    long now = loop.nanoTime();
    long wait = Long.MAX_VALUE;
    for (Renewed session : open) {
      wait = Math.min(wait, session.hold.nanosToNextStep(now));
    }
    if (wait != Long.MAX_VALUE) {
      timer = loop.after(Math.max(0, wait), this::turn);
    }
  }

  /**
   * Used on the loop, except for methods whose Javadoc states otherwise and those of {@link
   * Session}.
   */
  private final class Renewed implements Session {
    private final long leaseId;
    private final long ttlSeconds;
    private final Promise<Void> lost;
    private final Promise<Void> ended;
    private final Promise<Void> givenBack = Promise.promise();
    private final LeaseHold hold;
    private volatile boolean over;

    Renewed(
        long leaseId, long ttlSeconds, long sentNanos, Promise<Void> lost, Promise<Void> ended) {
      this.leaseId = leaseId;
      this.ttlSeconds = ttlSeconds;
      this.lost = lost;
      this.ended = ended;
      this.hold = new LeaseHold(ttlSeconds, sentNanos);
    }

    void renew(long now) {
      if (!hold.beginRenewal(now)) {
        return;
      }
      store
          .leaseKeepAlive(leaseId)
          .onComplete(
              (time, failure) -> {
                if (over) {
                  return;
                }
                if (failure instanceof StoreClosedException) {
                  hold.stopRenewing();
                  schedule();
                } else if (failure != null || time == null) {
                  hold.renewalFailed(loop.nanoTime());
                  schedule();
                } else if (time.grantedTtlSeconds() <= 0) {
                  lose();
                } else if (!hold.renewed(time.grantedTtlSeconds(), now, loop.nanoTime())) {
                  lose();
                }
              });
    }

    void lose() {
      if (!over) {
        over = true;
        open.remove(this);
        lost.tryComplete();
        ended.tryComplete();
        givenBack.tryComplete();
      }
    }

    Future<Void> end() {
      if (!over) {
        over = true;
        open.remove(this);
        schedule();
        ended.tryComplete();
        Runnable bound =
            loop.after(
                Math.min(MAX_CLOSE_NANOS, TimeUnit.SECONDS.toNanos(ttlSeconds)),
                () -> givenBack.tryComplete());
        store
            .leaseRevoke(leaseId)
            .onComplete(
                revoked -> {
                  bound.run();
                  givenBack.tryComplete();
                });
      }
      return givenBack.future();
    }

    @Override
    public long leaseId() {
      return leaseId;
    }

    @Override
    public long ttlSeconds() {
      return ttlSeconds;
    }

    @Override
    public boolean isAlive() {
      return !over && hold.holds(loop.nanoTime());
    }

    @Override
    public Future<Void> lost() {
      return lost.future();
    }

    @Override
    public Future<Void> ended() {
      return ended.future();
    }

    @Override
    public Future<Void> close() {
      Promise<Void> done = promises.get();
      loop.execute(() -> end().onComplete(v -> done.complete()));
      return done.future();
    }

    @Override
    public String toString() {
      return "session " + Long.toHexString(leaseId);
    }
  }
}
