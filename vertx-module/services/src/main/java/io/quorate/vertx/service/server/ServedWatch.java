package io.quorate.vertx.service.server;

import io.quorate.vertx.client.WatchBatch;
import io.quorate.vertx.client.WatchCompactedException;
import io.quorate.vertx.client.WatchStream;
import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.service.ServiceFailure;
import io.quorate.vertx.service.WatchDelivery;
import io.quorate.vertx.service.WatchEnd;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.serviceproxy.ServiceException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A watch that delivers to a caller's address. Each reply permits one more delivery; if a reply
 * does not come in time, the caller is gone and the watch ends. One context.
 */
final class ServedWatch {
  private static final Logger LOG = Logger.getLogger(ServedWatch.class);
  private static final long NONE = -1;

  private final Vertx vertx;
  private final ContextInternal context;
  private final WatchStream stream;
  private final String id;
  private final String address;
  private final KvResults results;
  private final DeliveryOptions options;
  private final Runnable onOver;
  private final Deque<WatchBatch> waiting = new ArrayDeque<>();
  private long timer = NONE;
  private long sequence;
  private long revision;
  private int credit;
  private int unanswered;
  private boolean quiet = true;
  private boolean over;

  /**
   * @param address the caller's
   * @param onOver called once when the watch has ended
   */
  ServedWatch(
      Vertx vertx,
      ContextInternal context,
      WatchStream stream,
      String id,
      String address,
      KvResults results,
      long replyMillis,
      Runnable onOver) {
    this.vertx = vertx;
    this.context = context;
    this.stream = stream;
    this.id = id;
    this.address = address;
    this.results = results;
    this.options = new DeliveryOptions().setSendTimeout(replyMillis);
    this.onOver = onOver;
  }

  /**
   * @param revision changes after it are delivered
   * @param progressMillis the longest time between two deliveries
   */
  void begin(long revision, int credit, long progressMillis) {
    if (over) {
      return;
    }
    this.revision = revision;
    this.credit = credit;
    timer = context.setPeriodic(Math.max(1, progressMillis / 2), fired -> tellProgress());
    stream.exceptionHandler(this::ended);
    stream.handler(this::take);
    tell();
  }

  private void take(WatchBatch batch) {
    waiting.addAll(BatchSplitter.of(batch));
    tell();
  }

  /**
   * Deliveries without a reply and batches requested from the stream together never exceed the
   * credit.
   */
  private void tell() {
    while (!over && unanswered < credit && !waiting.isEmpty()) {
      tell(waiting.remove());
    }
    if (!over) {
      stream.pause().fetch(waiting.isEmpty() ? credit - unanswered : 0);
    }
  }

  private void tell(WatchBatch batch) {
    WatchDelivery delivery;
    try {
      delivery = delivery().setEvents(batch.events().stream().map(results::event).toList());
    } catch (ServiceException e) {
      end(e, 0); // not UTF-8
      return;
    }
    revision = batch.revision();
    quiet = false;
    send(delivery);
  }

  private WatchDelivery delivery() {
    return new WatchDelivery().setWatchId(id);
  }

  private void tellProgress() {
    if (quiet && unanswered == 0) {
      send(delivery());
      tell();
    }
    quiet = true;
  }

  private void send(WatchDelivery delivery) {
    unanswered++;
    request(delivery)
        .onComplete(
            (reply, failure) -> {
              unanswered--;
              if (over) {
                return;
              }
              if (failure != null) {
                LOG.debug("watch {}: {} does not answer: {}", id, address, failure.getMessage());
                close();
              } else {
                tell();
              }
            });
  }

  private Future<Message<@Nullable Object>> request(WatchDelivery delivery) {
    JsonObject body =
        delivery
            .setSequence(++sequence)
            .setRevision(revision)
            .setNextRevision(revision + 1)
            .toJson();
    return vertx.eventBus().request(address, body, options);
  }

  private void ended(Throwable failure) {
    end(
        ServerFailures.told(failure),
        failure instanceof WatchCompactedException e ? e.compactRevision() : 0);
  }

  /** Sends the end as the last delivery. */
  void end(ServiceException failure, long compactRevision) {
    if (over) {
      return;
    }
    ServiceFailure code = ServiceFailure.ofCode(failure.failureCode());
    var unused =
        request(
            delivery()
                .setEnd(
                    new WatchEnd()
                        .setCode(failure.failureCode())
                        .setName(code == null ? "" : code.name())
                        .setMessage(String.valueOf(failure.getMessage()))
                        .setCompactRevision(compactRevision)));
    close();
  }

  /** Ends the watch without a further delivery. */
  void close() {
    if (over) {
      return;
    }
    over = true;
    if (timer != NONE) {
      vertx.cancelTimer(timer);
    }
    stream.close();
    onOver.run();
  }
}
