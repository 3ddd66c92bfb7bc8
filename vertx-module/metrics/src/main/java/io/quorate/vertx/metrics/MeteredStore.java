package io.quorate.vertx.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.quorate.command.EtcdException;
import io.quorate.command.Request;
import io.quorate.command.WatchResponse;
import io.quorate.vertx.client.QuorateStore;
import io.quorate.vertx.client.RefusedException;
import io.quorate.vertx.client.StoreClosedException;
import io.quorate.vertx.client.UnknownOutcomeException;
import io.quorate.vertx.client.UnreachableException;
import io.quorate.vertx.client.UnsupportedByStoreException;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Counts and times the requests of an application, as {@code vertx.quorate.client.requests} by
 * {@code operation} and {@code outcome}: {@code ok}, the name of etcd's error, or another kind of
 * failure. Use it below a client: {@code QuorateClient.over(vertx, new MeteredStore(…))}. Watches
 * are not measured. Any thread.
 */
public final class MeteredStore implements QuorateStore, AutoCloseable {
  private final QuorateStore store;
  private final MeterRegistry registry;
  private final Map<Kind, Timer> timers = new ConcurrentHashMap<>();

  private record Kind(String operation, String outcome) {}

  /**
   * @param store the caller closes it
   * @param registry the application's
   */
  public MeteredStore(QuorateStore store, MeterRegistry registry) {
    this.store = store;
    this.registry = registry;
  }

  /** Removes the meters from the registry. Requests that are still open register them again. */
  @Override
  public void close() {
    timers.values().forEach(registry::remove);
    timers.clear();
  }

  @Override
  public <R> Future<R> ask(Request<R> request) {
    String operation = request.requestKind().label();
    long begin = System.nanoTime();
    return store
        .ask(request)
        .onComplete(
            (done, failure) ->
                timers
                    .computeIfAbsent(new Kind(operation, outcome(failure)), this::timer)
                    .record(System.nanoTime() - begin, TimeUnit.NANOSECONDS));
  }

  @Override
  public WatchChannel watch(Handler<WatchResponse> handler) {
    return store.watch(handler);
  }

  private Timer timer(Kind kind) {
    return Timer.builder(MeterNames.of("client.requests"))
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
}
