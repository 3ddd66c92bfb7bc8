package io.quorate.cluster.bundle;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.VertxInternal;
import java.util.concurrent.TimeUnit;

/**
 * An application with nothing but Vert.x and the bundle. Answers greetings until its input ends; or
 * greets, given a second argument, and prints the answer.
 */
final class Greeter {
  private static final int TIMEOUT_SECONDS = 60;

  private Greeter() {}

  public static void main(String[] arguments) throws Exception {
    Vertx vertx =
        Vertx.clusteredVertx(new VertxOptions())
            .toCompletionStage()
            .toCompletableFuture()
            .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    System.out.println(((VertxInternal) vertx).clusterManager().getClass().getName());
    if (arguments.length == 0) {
      vertx
          .eventBus()
          .<String>consumer("greetings", greeting -> greeting.reply("you said " + greeting.body()))
          .completion()
          .toCompletionStage()
          .toCompletableFuture()
          .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      System.out.println("ready");
      while (System.in.read() >= 0) {
        // until the test closes it
      }
    } else {
      System.out.println(
          vertx
              .eventBus()
              .request("greetings", arguments[0])
              .toCompletionStage()
              .toCompletableFuture()
              .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
              .body());
    }
    vertx.close().toCompletionStage().toCompletableFuture().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }
}
