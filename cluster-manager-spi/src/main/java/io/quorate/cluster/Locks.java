package io.quorate.cluster;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.vertx.client.QuorateClient;
import io.vertx.core.Completable;
import io.vertx.core.shareddata.Lock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;

/** The locks that this node holds or waits for, one {@link LockQueue} each. {@link Home} only. */
final class Locks implements Life.Part {
  private static final int MAX_WAITING = 100_000;
  private static final long RETRY_MILLIS = 100;

  final Home home;
  final Keys keys;
  final QuorateClient client;
  final String ownId;
  final Life life;
  private final Map<String, LockQueue> queues = new HashMap<>();
  private int waiting;
  private long places;
  private boolean closed;

  Locks(Home home, Keys keys, QuorateClient client, String ownId, Life life) {
    this.home = home;
    this.keys = keys;
    this.client = client;
    this.ownId = ownId;
    this.life = life;
  }

  /**
   * @param timeoutMillis {@link Long#MAX_VALUE} for ever
   */
  void acquire(String name, long timeoutMillis, Completable<Lock> promise) {
    if (closed) {
      promise.fail("this node has left the cluster");
    } else if (waiting >= MAX_WAITING) {
      promise.fail("too many wait for locks");
    } else {
      queues.computeIfAbsent(name, n -> new LockQueue(this, n)).acquire(timeoutMillis, promise);
    }
  }

  void waits(int difference) {
    waiting += difference;
  }

  void idle(LockQueue queue) {
    queues.remove(queue.name(), queue);
  }

  /** A key nobody has had before. */
  Bytes newPlace(String name) {
    return keys.lockPlace(name, ownId, ++places);
  }

  /** Gives up a place. Until that has succeeded nobody comes after it, so it is tried again. */
  void giveUp(Bytes place, long lease) {
    home.hear(
        client.store().delete(new Command.DeleteRange(KeyRange.single(place), false)),
        (deleted, failure) -> {
          if (failure != null && !closed && life.lease() == lease) {
            home.timer(RETRY_MILLIS, () -> giveUp(place, lease));
          } // otherwise it goes with its session
        });
  }

  @Override
  public void sessionBegun() {
    new ArrayList<>(queues.values()).forEach(LockQueue::sessionBegun);
  }

  @Override
  public void sessionLost() {
    new ArrayList<>(queues.values()).forEach(LockQueue::sessionLost);
  }

  boolean isClosed() {
    return closed;
  }

  /** All that wait fail; what is held goes with the session. */
  void close() {
    closed = true;
    new ArrayList<>(queues.values()).forEach(LockQueue::close);
    queues.clear();
  }
}
