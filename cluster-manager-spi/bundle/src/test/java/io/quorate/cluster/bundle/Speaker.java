package io.quorate.cluster.bundle;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An application with a log of its own, which is a cluster for a moment. */
final class Speaker {
  private static final int TIMEOUT_SECONDS = 60;

  private Speaker() {}

  public static void main(String[] arguments) throws Exception {
    Logger log = LoggerFactory.getLogger(Speaker.class);
    log.info("the application begins");
    Vertx vertx =
        Vertx.clusteredVertx(new VertxOptions())
            .toCompletionStage()
            .toCompletableFuture()
            .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    vertx.close().toCompletionStage().toCompletableFuture().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    log.info("the application ends");
  }
}
