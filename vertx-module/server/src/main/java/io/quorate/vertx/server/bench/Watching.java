package io.quorate.vertx.server.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.quorate.vertx.client.proto.mvcc.Event;
import io.quorate.vertx.client.proto.rpc.KVGrpcClient;
import io.quorate.vertx.client.proto.rpc.PutRequest;
import io.quorate.vertx.client.proto.rpc.WatchCreateRequest;
import io.quorate.vertx.client.proto.rpc.WatchGrpcClient;
import io.quorate.vertx.client.proto.rpc.WatchRequest;
import io.quorate.vertx.client.proto.rpc.WatchResponse;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Watchers, and puts to the watched keys. Each value begins with the time at which it was sent and
 * whether it counts, so that the delay of an event can be computed from the event itself.
 */
final class Watching {
  private static final int STAMP_BYTES = Long.BYTES + 1;
  private static final long SETTLE_CHECK_MILLIS = 10;

  private final Vertx vertx;
  private final BenchOptions options;
  private final List<Connection> connections;
  private final Keys keys;
  private final byte[] filler;
  private final Tally events = new Tally();
  private final LongAdder received = new LongAdder();
  private final AtomicLong created = new AtomicLong();
  private final Promise<Void> allCreated = Promise.promise();
  private final int[] watchersOfKey;
  private final LongAdder expected = new LongAdder();
  private volatile long firstPutNanos = Long.MAX_VALUE;
  private volatile long lastEventNanos;

  Watching(Vertx vertx, BenchOptions options, List<Connection> connections) {
    this.vertx = vertx;
    this.options = options;
    this.connections = connections;
    this.keys = new Keys(options);
    this.filler = Keys.randomBytes(options.seed, Math.max(0, options.valSize - STAMP_BYTES));
    this.watchersOfKey = new int[options.watchedKeyTotal];
  }

  Tally events() {
    return events;
  }

  /** From the first measured put to the last of its events. */
  double seconds() {
    return Math.max(1, lastEventNanos - Math.min(lastEventNanos, firstPutNanos)) / 1e9;
  }

  /** Opens all streams and watchers; completes when the server has confirmed each of them. */
  Future<Void> open() {
    List<Future<Void>> opened = new ArrayList<>();
    for (int stream = 0; stream < options.streams; stream++) {
      opened.add(openStream(stream));
    }
    return Future.all(opened)
        .compose(v -> allCreated.future())
        .timeout((long) (options.timeoutSeconds * 1_000), TimeUnit.MILLISECONDS)
        .recover(
            failure ->
                Future.failedFuture(
                    new RpcFailure(
                        "only "
                            + created.get()
                            + " of "
                            + watchers()
                            + " watchers were created: "
                            + Connection.failed(failure).getMessage())));
  }

  private long watchers() {
    return (long) options.streams * options.watchPerStream;
  }

  private Future<Void> openStream(int stream) {
    List<WatchRequest> requests = new ArrayList<>();
    for (int i = 0; i < options.watchPerStream; i++) {
      int number = (int) (((long) stream * options.watchPerStream + i) % options.watchedKeyTotal);
      watchersOfKey[number]++;
      requests.add(
          WatchRequest.newBuilder()
              .setCreateRequest(
                  WatchCreateRequest.newBuilder()
                      .setKey(keys.key(number))
                      .setPrevKv(options.prevKv))
              .build());
    }
    Promise<Void> opened = Promise.promise();
    Connection connection = connections.get(stream % connections.size());
    connection
        .context()
        .runOnContext(
            v ->
                connection
                    .open(WatchGrpcClient.Watch)
                    .onFailure(opened::tryFail)
                    .onSuccess(
                        request -> {
                          request
                              .response()
                              .onFailure(this::streamFailed)
                              .onSuccess(
                                  response ->
                                      response
                                          .exceptionHandler(this::streamFailed)
                                          .handler(this::received));
                          requests.forEach(request::write);
                          opened.tryComplete();
                        }));
    return opened.future();
  }

  private void streamFailed(Throwable failure) {
    if (!allCreated.tryFail(failure)) {
      events.failed("watch stream: " + Connection.failed(failure).getMessage());
    }
  }

  private void received(WatchResponse response) {
    long now = System.nanoTime();
    if (response.getCanceled()) {
      events.failed("watch canceled: " + response.getCancelReason());
    } else if (response.getCreated() && created.incrementAndGet() == watchers()) {
      allCreated.tryComplete();
    }
    for (Event event : response.getEventsList()) {
      ByteString value = event.getKv().getValue();
      if (event.getType() != Event.EventType.PUT || value.size() < STAMP_BYTES) {
        continue;
      }
      ByteBuffer stamp = value.substring(0, STAMP_BYTES).asReadOnlyByteBuffer();
      long sentNanos = stamp.getLong();
      if (stamp.get() == 1) {
        received.increment();
        lastEventNanos = now;
        events.succeeded(now - sentNanos);
      }
    }
  }

  /** Puts to the watched keys in turn; the events of a put are expected once it is confirmed. */
  RequestSender put(java.util.function.BooleanSupplier isMeasuring) {
    return (client, request) -> {
      int number = (int) (request % options.watchedKeyTotal);
      boolean measured = isMeasuring.getAsBoolean();
      long now = System.nanoTime();
      if (measured && firstPutNanos == Long.MAX_VALUE) {
        firstPutNanos = now;
      }
      ByteBuffer value = ByteBuffer.allocate(STAMP_BYTES + filler.length);
      value.putLong(now).put((byte) (measured ? 1 : 0)).put(filler);
      PutRequest put =
          PutRequest.newBuilder()
              .setKey(keys.key(number))
              .setValue(UnsafeByteOperations.unsafeWrap(value.array()))
              .build();
      return connections
          .get(client % connections.size())
          .unary(KVGrpcClient.Put, put)
          .onSuccess(
              done -> {
                if (measured) {
                  expected.add(watchersOfKey[number]);
                }
              });
    };
  }

  /**
   * Waits until every event of a confirmed put has arrived, or none has for the duration of the
   * time-out; events that are missing then are failures.
   */
  Future<Void> settle() {
    Promise<Void> settled = Promise.promise();
    long startNanos = System.nanoTime();
    vertx.setPeriodic(
        SETTLE_CHECK_MILLIS,
        timer -> {
          long missing = expected.sum() - received.sum();
          long quietNanos = System.nanoTime() - Math.max(startNanos, lastEventNanos);
          if (missing <= 0 || quietNanos > options.timeoutNanos()) {
            vertx.cancelTimer(timer);
            if (missing > 0) {
              events.failed("event never came", missing);
            }
            settled.tryComplete();
          }
        });
    return settled.future();
  }
}
