package io.quorate.vertx.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.quorate.command.Command;
import io.quorate.command.EtcdException;
import io.quorate.command.Result;
import io.quorate.vertx.client.QuorateStore;
import io.quorate.vertx.client.RefusedException;
import io.quorate.vertx.client.StoreClosedException;
import io.quorate.vertx.client.UnknownOutcomeException;
import io.quorate.vertx.client.UnreachableException;
import io.quorate.vertx.client.UnsupportedByStoreException;
import io.quorate.watch.WatchResponse;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts and times the requests of an application, as {@code vertx.quorate.client.requests} by
 * {@code operation} and {@code outcome}: {@code ok}, the name of etcd's error, or what else became
 * of it. To be put under a client: {@code QuorateClient.over(vertx, new MeteredStore(…))}. Watches
 * pass through. Any thread.
 */
public final class MeteredStore implements QuorateStore, AutoCloseable {
  private final QuorateStore store;
  private final MeterRegistry registry;
  private final Map<Kind, Timer> timers = new ConcurrentHashMap<>();

  private record Kind(String operation, String outcome) {}

  /**
   * @param store stays the caller's to close
   * @param registry the application's
   */
  public MeteredStore(QuorateStore store, MeterRegistry registry) {
    this.store = store;
    this.registry = registry;
  }

  /** Takes the meters off the registry; what is still asked puts them there again. */
  @Override
  public void close() {
    timers.values().forEach(registry::remove);
    timers.clear();
  }

  private <T> Future<T> timed(String operation, Supplier<Future<T>> request) {
    long begin = System.nanoTime();
    return request
        .get()
        .onComplete(
            (done, failure) ->
                timers
                    .computeIfAbsent(new Kind(operation, outcome(failure)), this::timer)
                    .record(System.nanoTime() - begin, TimeUnit.NANOSECONDS));
  }

  private Timer timer(Kind kind) {
    return Timer.builder(Names.of("client.requests"))
        .description("Requests to the store and how long they took, with all repetitions")
        .tag("operation", kind.operation())
        .tag("outcome", kind.outcome())
        .register(registry);
  }

  private static String outcome(@Nullable Throwable failure) {
    if (failure == null) {
      return "ok";
    } else if (failure instanceof EtcdException e) {
      return e.error().name().toLowerCase(Locale.ROOT);
    } else if (failure instanceof UnknownOutcomeException) {
      return "unknown_outcome";
    } else if (failure instanceof UnreachableException) {
      return "unreachable";
    } else if (failure instanceof StoreClosedException) {
      return "closed";
    } else if (failure instanceof RefusedException) {
      return "refused";
    } else if (failure instanceof UnsupportedByStoreException) {
      return "unsupported";
    }
    return "other";
  }

  @Override
  public Future<Result.Ranged> range(Command.Range range) {
    return timed("range", () -> store.range(range));
  }

  @Override
  public Future<Result.Putted> put(Command.Put put) {
    return timed("put", () -> store.put(put));
  }

  @Override
  public Future<Result.Deleted> delete(Command.DeleteRange delete) {
    return timed("delete", () -> store.delete(delete));
  }

  @Override
  public Future<Result.Counted> count(Command.Count count) {
    return timed("count", () -> store.count(count));
  }

  @Override
  public Future<Result.TxnDone> txn(Command.Txn txn) {
    return timed("txn", () -> store.txn(txn));
  }

  @Override
  public Future<Result.Compacted> compact(Command.Compact compact) {
    return timed("compact", () -> store.compact(compact));
  }

  @Override
  public Future<Result.LeaseGranted> leaseGrant(long id, long ttlSeconds) {
    return timed("lease_grant", () -> store.leaseGrant(id, ttlSeconds));
  }

  @Override
  public Future<Result.LeaseGranted> leaseGrantMillis(long id, long ttlMillis) {
    return timed("lease_grant", () -> store.leaseGrantMillis(id, ttlMillis));
  }

  @Override
  public Future<Result.LeaseRevoked> leaseRevoke(long id) {
    return timed("lease_revoke", () -> store.leaseRevoke(id));
  }

  @Override
  public Future<LeaseTime> leaseKeepAlive(long id) {
    return timed("lease_keep_alive", () -> store.leaseKeepAlive(id));
  }

  @Override
  public Future<LeaseTime> leaseTimeToLive(long id, boolean withKeys) {
    return timed("lease_time_to_live", () -> store.leaseTimeToLive(id, withKeys));
  }

  @Override
  public Future<List<Long>> leases() {
    return timed("leases", store::leases);
  }

  @Override
  public WatchChannel watch(Handler<WatchResponse> handler) {
    return store.watch(handler);
  }

  @Override
  public Future<Result.Members> memberList(boolean linearizable) {
    return timed("member_list", () -> store.memberList(linearizable));
  }

  @Override
  public Future<Result.Members> memberAdd(List<String> peerUrls, boolean isLearner) {
    return timed("member_add", () -> store.memberAdd(peerUrls, isLearner));
  }

  @Override
  public Future<Result.Members> memberRemove(long id) {
    return timed("member_remove", () -> store.memberRemove(id));
  }

  @Override
  public Future<Result.Members> memberUpdate(long id, List<String> peerUrls) {
    return timed("member_update", () -> store.memberUpdate(id, peerUrls));
  }

  @Override
  public Future<Result.Members> memberPromote(long id) {
    return timed("member_promote", () -> store.memberPromote(id));
  }

  @Override
  public Future<Result.Alarms> alarm(Command.Alarm alarm) {
    return timed("alarm", () -> store.alarm(alarm));
  }

  @Override
  public Future<MemberStatus> status() {
    return timed("status", store::status);
  }

  @Override
  public Future<KvHash> hashKv(long revision) {
    return timed("hash_kv", () -> store.hashKv(revision));
  }

  @Override
  public Future<Void> moveLeader(long targetId) {
    return timed("move_leader", () -> store.moveLeader(targetId));
  }
}
