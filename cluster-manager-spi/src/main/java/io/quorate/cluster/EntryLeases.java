package io.quorate.cluster;

import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.vertx.client.QuorateStore;
import io.vertx.core.Future;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;

/**
 * The leases of map entries with a time to live. A session store that puts at every request would
 * create millions of leases; so entries with a time to live of a second or more that expire at
 * about the same time share a lease. An entry then lives up to a sixteenth longer, never shorter.
 * Any thread.
 */
final class EntryLeases {
  private static final long SHARED_FROM_MILLIS = 1_000;
  private static final int SLOTS = 16;
  private static final int MAX_SHARED = 10_000;

  private record Slot(long widthMillis, long number) {}

  private final QuorateStore store;
  private final ConcurrentHashMap<Slot, Long> shared = new ConcurrentHashMap<>();

  EntryLeases(QuorateStore store) {
    this.store = store;
  }

  /**
   * Sends a request whose key lives for {@code ttlMillis}. The lease is requested right before,
   * without waiting for it; if the request overtakes it, the request is sent again.
   *
   * @param request sends the request, given a lease id
   */
  <T> Future<T> with(long ttlMillis, Function<Long, Future<T>> request) {
    long ttl = Math.max(1, ttlMillis);
    if (ttl < SHARED_FROM_MILLIS) {
      long id = newId();
      Future<?> granted = store.leaseGrantMillis(id, ttl);
      return orOneByOne(request.apply(id), granted, ttl, request);
    }
    long width = Long.highestOneBit(ttl) / SLOTS;
    long now = System.nanoTime() / 1_000_000;
    long number = Math.floorDiv(now + ttl, width) + 1;
    Slot slot = new Slot(width, number);
    Long known = shared.get(slot);
    if (known != null) {
      return orOneByOne(request.apply(known), Future.succeededFuture(), ttl, request);
    }
    forgetOld(now);
    long id = newId();
    Future<?> granted = store.leaseGrantMillis(id, number * width - now);
    shared.put(slot, id);
    granted.onFailure(failure -> shared.remove(slot, id));
    return orOneByOne(request.apply(id), granted, ttl, request);
  }

  private <T> Future<T> orOneByOne(
      Future<T> first, Future<?> granted, long ttl, Function<Long, Future<T>> request) {
    return first.recover(
        failure -> {
          if (!isLeaseMissing(failure)) {
            return Future.failedFuture(failure);
          }
          long id = newId();
          return granted
              .otherwiseEmpty()
              .compose(nothing -> store.leaseGrantMillis(id, ttl))
              .compose(nothing -> request.apply(id));
        });
  }

  private void forgetOld(long nowMillis) {
    shared.keySet().removeIf(slot -> slot.number() * slot.widthMillis() < nowMillis);
    if (shared.size() > MAX_SHARED) {
      shared.clear(); // costs additional leases, nothing else
    }
  }

  static boolean isLeaseMissing(Throwable failure) {
    return failure instanceof EtcdException e && e.error() == EtcdError.LEASE_NOT_FOUND;
  }

  private static long newId() {
    return ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
  }
}
