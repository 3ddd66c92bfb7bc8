package io.quorate.cluster;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.Result;
import io.quorate.vertx.client.QuorateClient;
import io.vertx.core.Completable;
import io.vertx.core.shareddata.Lock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The locks that this node holds or waits for, one {@link LockQueue} each. {@link Home} only. */
final class Locks implements Life.Part {
  private static final int MAX_WAITING = 100_000;
  private static final int SESSION_SHIFT = 32;
  private static final long RETRY_MILLIS = 100;

  final Home home;
  final Keys keys;
  final QuorateClient client;
  final String ownId;
  final Life life;
  private final Map<String, LockQueue> queues = new HashMap<>();
  private int waiting;

  /** Places that may be there, or that a request may still touch. */
  private final Set<Bytes> used = new HashSet<>();

  /** Part of all names, since requests of an earlier session may come late. */
  private long sessions;

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

  /**
   * A key that is not there. One that surely is gone is taken again: each key that there ever was
   * is in the store's history, and whoever reads the queue passes over all of them.
   */
  Bytes newPlace(String name) {
    for (long number = sessions << SESSION_SHIFT; ; number++) {
      Bytes place = keys.lockPlace(name, ownId, number);
      if (used.add(place)) {
        return place;
      }
    }
  }

  /** It was deleted, by a request that was answered, and no other one was sent. */
  void gone(Bytes place) {
    used.remove(place);
  }

  /** Gives up a place. Until that has succeeded nobody comes after it, so it is tried again. */
  void giveUp(Bytes place, long lease) {
    delete(
        place,
        (deleted, failure) -> {
          if (failure == null) {
            gone(place);
          } else {
            again(place, lease);
          }
        });
  }

  /** Gives up a place that may yet be taken by a request whose answer did not come. */
  void giveUpUnknown(Bytes place, long lease) {
    delete(
        place,
        (deleted, failure) -> {
          if (failure != null) {
            again(place, lease);
          }
        });
  }

  private void delete(Bytes place, Completable<Result.Deleted> deleted) {
    home.hear(
        client.store().delete(new Command.DeleteRange(KeyRange.single(place), false)), deleted);
  }

  private void again(Bytes place, long lease) {
    if (!closed && life.lease() == lease) {
      home.timer(RETRY_MILLIS, () -> giveUpUnknown(place, lease));
    } // otherwise it goes with its session
  }

  @Override
  public void sessionBegun() {
    sessions++;
    used.clear();
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
