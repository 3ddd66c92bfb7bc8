package io.quorate.vertx.health;

import io.quorate.command.Bytes;
import io.quorate.vertx.client.QuorateClient;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.healthchecks.Status;

/** One linearizable read. */
record ClientProcedure(QuorateClient client, long timeoutMillis)
    implements Handler<Promise<Status>> {

  ClientProcedure {
    if (timeoutMillis < 1) {
      throw new IllegalArgumentException("time-out " + timeoutMillis + " ms");
    }
  }

  @Override
  public void handle(Promise<Status> answer) {
    Answer.when(client.vertx(), client.get(Bytes.ZERO), timeoutMillis, new JsonObject(), answer);
  }
}
