package io.quorate.cluster;

import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.ext.healthchecks.Status;

/**
 * A procedure for Vert.x's health checks: healthy while this node is in the cluster and the store
 * answers a linearizable read, which takes a quorum. Any thread.
 */
public final class ClusterHealthCheck implements Handler<Promise<Status>> {
  private static final long TIMEOUT_MILLIS = 2_000;

  private final VertxInternal vertx;
  private final boolean details;

  private ClusterHealthCheck(Vertx vertx, boolean details) {
    this.vertx = (VertxInternal) vertx;
    this.details = details;
  }

  /**
   * @param vertx clustered by a {@link QuorateClusterManager}
   * @param details with this node's id and the number of nodes
   */
  public static Handler<Promise<Status>> createProcedure(Vertx vertx, boolean details) {
    return new ClusterHealthCheck(vertx, details);
  }

  @Override
  public void handle(Promise<Status> answer) {
    ClusterManager manager = vertx.clusterManager();
    if (!(manager instanceof QuorateClusterManager quorate)) {
      answer.tryFail("this Vert.x is not clustered by Quorate");
      return;
    }
    if (!quorate.isActive()) {
      answer.tryComplete(Status.KO(data(quorate)));
      return;
    }
    long timer = vertx.setTimer(TIMEOUT_MILLIS, id -> answer.tryComplete(Status.KO(data(quorate))));
    quorate
        .readStore()
        .onComplete(
            read -> {
              vertx.cancelTimer(timer);
              JsonObject data = data(quorate);
              answer.tryComplete(
                  read.succeeded() && quorate.isActive() ? Status.OK(data) : Status.KO(data));
            });
  }

  private JsonObject data(QuorateClusterManager manager) {
    JsonObject data = new JsonObject();
    if (details) {
      data.put("nodeId", manager.getNodeId()).put("nodes", manager.getNodes().size());
    }
    return data;
  }
}
