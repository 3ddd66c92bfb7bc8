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

/**
 * The locks that this node holds or waits for, one {@link LockQueue} each. {@link ManagerContext}
 * only.
 */
final class Locks implements NodeSession.Listener {
  private static final int MAX_WAITING = 100_000;
  private static final int SESSION_SHIFT = 32;
  private static final long RETRY_MILLIS = 100;

  final ManagerContext context;
  final KeyLayout keys;
  final QuorateClient client;
  final String ownId;
  final NodeSession nodeSession;
  private final Map<String, LockQueue> queues = new HashMap<>();
  private int waiting;

  /** Keys of places that may exist, or that a request in flight may still write. */
  private final Set<Bytes> used = new HashSet<>();

  /** Part of each place's key, since requests of an earlier session may be executed late. */
  private long sessions;

  private boolean closed;

  Locks(
      ManagerContext context,
      KeyLayout keys,
      QuorateClient client,
      String ownId,
      NodeSession nodeSession) {
    this.context = context;
    this.keys = keys;
    this.client = client;
    this.ownId = ownId;
    this.nodeSession = nodeSession;
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
   * A key that is not in use. Keys that are known to be deleted are reused: each key that ever
   * existed is in the store's history, and a read of the queue passes over all of them.
   */
  Bytes newPlace(String name) {
    for (long number = sessions << SESSION_SHIFT; ; number++) {
      Bytes place = keys.lockPlace(name, ownId, number);
      if (used.add(place)) {
        return place;
      }
    }
  }

  /** The place was deleted by an answered request, and no other request for it is in flight. */
  void gone(Bytes place) {
    used.remove(place);
  }

  /** Releases a place; retried, since the places behind it wait until it has succeeded. */
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

  /** Releases a place that an unanswered request may still take. */
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
    context.onComplete(
        client.store().delete(new Command.DeleteRange(KeyRange.single(place), false)), deleted);
  }

  private void again(Bytes place, long lease) {
    if (!closed && nodeSession.lease() == lease) {
      context.timer(RETRY_MILLIS, () -> giveUpUnknown(place, lease));
    } // otherwise it is deleted with its session
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

  /** Waiting callers fail; held locks are released with the session. */
  void close() {
    closed = true;
    new ArrayList<>(queues.values()).forEach(LockQueue::close);
    queues.clear();
  }
}
