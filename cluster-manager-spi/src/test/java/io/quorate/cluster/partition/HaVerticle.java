package io.quorate.cluster.partition;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;

/** Says where it starts. */
public final class HaVerticle extends VerticleBase {
  @Override
  public Future<?> start() {
    Node.tell(
        new JsonObject().put("event", "verticle").put("name", config().getString("name", "")));
    return Future.succeededFuture();
  }
}
