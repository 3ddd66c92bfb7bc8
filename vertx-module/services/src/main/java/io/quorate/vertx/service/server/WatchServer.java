package io.quorate.vertx.service.server;

import static io.quorate.vertx.service.server.ArgumentChecks.between;
import static io.quorate.vertx.service.server.ArgumentChecks.notEmpty;
import static io.quorate.vertx.service.server.ArgumentChecks.notNegative;

import io.quorate.command.EtcdError;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.WatchOptions;
import io.quorate.vertx.client.WatchStream;
import io.quorate.vertx.service.QuorateServicesOptions;
import io.quorate.vertx.service.ServiceFailure;
import io.quorate.vertx.service.ServiceName;
import io.quorate.vertx.service.WatchRequest;
import io.quorate.vertx.service.WatchService;
import io.quorate.vertx.service.WatchStarted;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.internal.ContextInternal;
import io.vertx.serviceproxy.ServiceProxyBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Serves {@link WatchService}. Besides the common address, each instance has one of its own, which
 * is part of its watches' ids. So any instance can cancel a watch of another one. One context.
 */
final class WatchServer implements WatchService {
  private static final Pattern ID = Pattern.compile("([0-9a-f-]{36})\\.(\\d{1,18})");

  private final QuorateClient client;
  private final Vertx vertx;
  private final QuorateServicesOptions options;
  private final String instance = UUID.randomUUID().toString();
  private final Map<String, ServedWatch> watches = new HashMap<>();
  private int starting;
  private long lastId;
  private boolean closed;

  WatchServer(QuorateClient client, QuorateServicesOptions options) {
    this.client = client;
    this.vertx = client.vertx();
    this.options = options;
  }

  /** The address of this instance alone. */
  String ownAddress() {
    return address(instance);
  }

  private String address(String of) {
    return ServiceName.WATCH.address(options.getAddressPrefix()) + '.' + of;
  }

  @Override
  public Future<WatchStarted> watch(WatchRequest request) {
    return ServerFailures.of(() -> start(request));
  }

  private Future<WatchStarted> start(WatchRequest request) {
    TextCodec texts = TextCodec.of(request.getEncoding());
    WatchOptions what =
        new WatchOptions(
            new KvMapping(texts)
                .range(request.getKey(), request.getRangeEnd(), request.getPrefix()),
            notNegative("startRevision", request.getStartRevision()),
            request.isPrevKv(),
            request.isNoPut(),
            request.isNoDelete());
    int credit = (int) between("credit", 1, options.getMaxCredit(), request.getCredit());
    String address = notEmpty("address", request.getAddress());
    if (closed) {
      throw ServerFailures.exception(ServiceFailure.CLOSED, "the service is closed");
    }
    if (watches.size() + starting >= options.getMaxWatches()) {
      throw ServerFailures.exception(
          ServiceFailure.TOO_MANY_WATCHES,
          "there are " + options.getMaxWatches() + " watches here already");
    }
    ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
    WatchStream stream = client.watch(what).pause();
    return begun(context, stream)
        .map(
            revision -> {
              String id = instance + '.' + ++lastId;
              ServedWatch watch =
                  new ServedWatch(
                      vertx,
                      context,
                      stream,
                      id,
                      address,
                      new KvResults(texts),
                      options.getWatchReplyMillis(),
                      () -> watches.remove(id));
              watches.put(id, watch);
              // the first delivery must follow the answer
              context.runOnContext(
                  v -> watch.begin(revision, credit, options.getWatchProgressMillis()));
              return new WatchStarted()
                  .setWatchId(id)
                  .setRevision(revision)
                  .setProgressMillis(options.getWatchProgressMillis())
                  .setReplyMillis(options.getWatchReplyMillis());
            });
  }

  /** Fails if the watch does not start in time: a stream by itself would try without end. */
  private Future<Long> begun(ContextInternal context, WatchStream stream) {
    starting++;
    Promise<Long> begun = context.promise();
    long bound =
        context.setTimer(
            options.getRequestTimeoutMillis() / 2,
            id -> begun.tryFail(EtcdError.TIMEOUT.exception()));
    stream.started().onComplete((revision, failure) -> complete(begun, revision, failure));
    return begun
        .future()
        .map(
            revision -> {
              if (closed) {
                throw ServerFailures.exception(ServiceFailure.CLOSED, "the service is closed");
              }
              return revision;
            })
        .onComplete(
            (revision, failure) -> {
              starting--;
              vertx.cancelTimer(bound);
              if (failure != null) {
                stream.close();
              }
            });
  }

  private static void complete(
      Promise<Long> promise,
      @org.jspecify.annotations.Nullable Long revision,
      @org.jspecify.annotations.Nullable Throwable failure) {
    if (failure != null) {
      promise.tryFail(failure);
    } else {
      promise.tryComplete(revision);
    }
  }

  @Override
  public Future<Boolean> cancel(String watchId) {
    return ServerFailures.of(() -> end(watchId));
  }

  private Future<Boolean> end(String watchId) {
    Matcher id = ID.matcher(watchId);
    if (!id.matches()) {
      throw ServerFailures.wrong("watchId", "is not the id of a watch: '" + watchId + "'");
    }
    if (!instance.equals(id.group(1))) {
      return elsewhere(id.group(1), watchId);
    }
    ServedWatch watch = watches.get(watchId);
    if (watch == null) {
      return Future.succeededFuture(false);
    }
    watch.close();
    return Future.succeededFuture(true);
  }

  /**
   * Forwards a cancel. Without an answer, the bus does not tell whether the instance is gone or
   * slow.
   */
  private Future<Boolean> elsewhere(String other, String watchId) {
    return new ServiceProxyBuilder(vertx)
        .setAddress(address(other))
        .setOptions(new DeliveryOptions().setSendTimeout(options.getRequestTimeoutMillis() / 2))
        .build(WatchService.class)
        .cancel(watchId)
        .recover(
            failure -> {
              if (!(failure instanceof ReplyException reply)) {
                return Future.failedFuture(failure);
              }
              if (reply.failureType() == ReplyFailure.NO_HANDLERS) {
                return Future.succeededFuture(false);
              }
              return Future.failedFuture(
                  ServerFailures.exception(
                      ServiceFailure.NO_ANSWER, "the instance that has the watch does not answer"));
            });
  }

  /** Ends all watches, each with a last delivery. */
  void close() {
    closed = true;
    for (ServedWatch watch : List.copyOf(watches.values())) {
      watch.end(ServerFailures.exception(ServiceFailure.CLOSED, "the service is closed"), 0);
    }
  }

  /** For tests. */
  int size() {
    return watches.size();
  }
}
