package io.quorate.cluster.partition;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** Requests to one address, sent without waiting for the answers. On one event loop. */
final class BusTraffic {
  private static final long EVERY_MILLIS = 20;
  private static final long TIMEOUT_MILLIS = 1_000;

  private final Vertx vertx;
  private final String address;
  private final long timer;
  private final List<Future<Object>> underWay = new ArrayList<>();
  private final List<Long> failed = new ArrayList<>();
  private int answered;

  BusTraffic(Vertx vertx, String address) {
    this.vertx = vertx;
    this.address = address;
    this.timer = vertx.setPeriodic(EVERY_MILLIS, id -> send());
  }

  private synchronized void send() {
    long sentAt = Node.now();
    underWay.removeIf(Future::isComplete);
    underWay.add(
        vertx
            .eventBus()
            .request(address, "?", new DeliveryOptions().setSendTimeout(TIMEOUT_MILLIS))
            .<Object>map(reply -> 0)
            .onComplete((reply, failure) -> count(sentAt, failure == null)));
  }

  private synchronized void count(long sentAt, boolean ok) {
    if (ok) {
      answered++;
    } else {
      failed.add(sentAt);
    }
  }

  /** How many were answered, and when the unanswered ones were sent. */
  synchronized Future<JsonObject> end() {
    vertx.cancelTimer(timer);
    return Future.join(underWay)
        .transform(
            all ->
                Future.succeededFuture(
                    new JsonObject()
                        .put("answered", answered)
                        .put("failed", new JsonArray(failed))));
  }
}
