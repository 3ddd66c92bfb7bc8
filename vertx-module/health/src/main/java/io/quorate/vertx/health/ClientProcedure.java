package io.quorate.vertx.health;

import io.quorate.command.Bytes;
import io.quorate.vertx.client.QuorateClient;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.healthchecks.Status;

/** Reads once, linearizably. */
record ClientProcedure(QuorateClient client, long timeoutMillis)
    implements Handler<Promise<Status>> {

  ClientProcedure {
    if (timeoutMillis < 1) {
      throw new IllegalArgumentException("time-out " + timeoutMillis + " ms");
    }
  }

  @Override
  public void handle(Promise<Status> answer) {
    BoundedRead.when(
        client.vertx(), client.get(Bytes.ZERO), timeoutMillis, new JsonObject(), answer);
  }
}
