package io.quorate.vertx.service.server;

import static io.quorate.vertx.service.server.Arguments.between;
import static io.quorate.vertx.service.server.Arguments.notEmpty;
import static io.quorate.vertx.service.server.Arguments.notNegative;

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
 * Watches. Of several instances at one address each has an address of its own as well, which is in
 * the ids of its watches: so any of them can have a watch ended that another has. One context.
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

  /** Where this instance alone is. */
  String ownAddress() {
    return address(instance);
  }

  private String address(String of) {
    return ServiceName.WATCH.address(options.getAddressPrefix()) + '.' + of;
  }

  @Override
  public Future<WatchStarted> watch(WatchRequest request) {
    return Answers.of(() -> start(request));
  }

  private Future<WatchStarted> start(WatchRequest request) {
    Texts texts = Texts.of(request.getEncoding());
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
      throw Answers.exception(ServiceFailure.CLOSED, "the service is closed");
    }
    if (watches.size() + starting >= options.getMaxWatches()) {
      throw Answers.exception(
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
              // after the answer has been sent
              context.runOnContext(
                  v -> watch.begin(revision, credit, options.getWatchProgressMillis()));
              return new WatchStarted()
                  .setWatchId(id)
                  .setRevision(revision)
                  .setProgressMillis(options.getWatchProgressMillis())
                  .setReplyMillis(options.getWatchReplyMillis());
            });
  }

  /** In bounded time, while a stream goes on trying. */
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
                throw Answers.exception(ServiceFailure.CLOSED, "the service is closed");
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
    return Answers.of(() -> end(watchId));
  }

  private Future<Boolean> end(String watchId) {
    Matcher id = ID.matcher(watchId);
    if (!id.matches()) {
      throw Answers.wrong("watchId", "is not the id of a watch: '" + watchId + "'");
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

  /** The bus does not say of an instance whether it is gone or slow. */
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
                  Answers.exception(
                      ServiceFailure.NO_ANSWER, "the instance that has the watch does not answer"));
            });
  }

  /** Ends all watches, each with a word. */
  void close() {
    closed = true;
    for (ServedWatch watch : List.copyOf(watches.values())) {
      watch.end(Answers.exception(ServiceFailure.CLOSED, "the service is closed"), 0);
    }
  }

  /** For tests. */
  int size() {
    return watches.size();
  }
}
