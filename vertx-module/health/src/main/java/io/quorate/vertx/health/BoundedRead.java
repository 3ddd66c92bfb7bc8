package io.quorate.vertx.health;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.healthchecks.Status;

/** Completes a health check with the outcome of a read, or after a time-out. Any thread. */
final class BoundedRead {
  private BoundedRead() {}

  /**
   * @param data of the status; a reason is added to a failed one
   */
  static void when(
      Vertx vertx, Future<?> read, long timeoutMillis, JsonObject data, Promise<Status> answer) {
    long timer =
        vertx.setTimer(
            timeoutMillis,
            id -> bad(answer, data, "no answer to a read within " + timeoutMillis + " ms"));
    read.onComplete(
        (done, failure) -> {
          if (vertx.cancelTimer(timer)) {
            if (failure == null) {
              answer.tryComplete(Status.OK(data));
            } else {
              bad(answer, data, String.valueOf(failure.getMessage()));
            }
          }
        });
  }

  static void bad(Promise<Status> answer, JsonObject data, String reason) {
    answer.tryComplete(Status.KO(data.copy().put("reason", reason)));
  }
}
