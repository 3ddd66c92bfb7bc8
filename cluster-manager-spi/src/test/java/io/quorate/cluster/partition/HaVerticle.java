package io.quorate.cluster.partition;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Records where it starts and stops. */
public final class HaVerticle extends VerticleBase {
  /** Names, one for each time that it runs in this process. */
  static final List<String> RUNNING = new CopyOnWriteArrayList<>();

  @Override
  public Future<?> start() {
    RUNNING.add(name());
    tell("verticle");
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    RUNNING.remove(name());
    tell("verticleEnded");
    return Future.succeededFuture();
  }

  private String name() {
    return config().getString("name", "");
  }

  private void tell(String event) {
    Node.tell(new JsonObject().put("event", event).put("name", name()));
  }
}
