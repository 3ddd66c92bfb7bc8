package io.quorate.cluster.bundle;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * An application that continuously sends requests to all others in turn, so that there is always a
 * connection in each direction that can break, and holds resources that a cluster manager has to
 * release when it is closed. Prints a line when it has joined, and closes when its input ends.
 */
final class Chatter {
  private static final int TIMEOUT_SECONDS = 60;
  private static final int TALK_MILLIS = 20;

  /** By then it has connections to the others. */
  private static final int TALK_TIMES = 25;

  private Chatter() {}

  public static void main(String[] arguments) throws Exception {
    Vertx vertx = await(Vertx.clusteredVertx(new VertxOptions()));
    await(vertx.eventBus().<String>consumer("everybody", said -> {}).completion());
    Object unused =
        await(vertx.sharedData().getCounter("starts").compose(c -> c.incrementAndGet()));
    unused = await(vertx.sharedData().getLock("own-" + ProcessHandle.current().pid()));
    CountDownLatch talked = new CountDownLatch(TALK_TIMES);
    long timer =
        vertx.setPeriodic(
            TALK_MILLIS,
            t -> {
              vertx.eventBus().send("everybody", "x");
              talked.countDown();
            });
    if (!talked.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("it cannot talk");
    }
    System.out.println("in");
    while (System.in.read() >= 0) {
      // until the test closes it
    }
    vertx.cancelTimer(timer);
    unused = await(vertx.close().map(closed -> 0));
    System.out.println("out");
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }
}
