package io.quorate.examples.vertx;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.shareddata.Counter;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;

/**
 * A clustered event bus with nothing but the cluster manager on the class path. To be started three
 * times, with a name each: every process greets the others, and all end when all were greeted by
 * all.
 *
 * <p>The processes find each other on this host without any configuration. The first one begins the
 * cluster, all three carry a replica, and what they know goes when the last one ends.
 */
public final class ClusteredEventBus {
  private static final int PROCESSES = 3;
  private static final long EVERY_MILLIS = 200;

  private ClusteredEventBus() {}

  public static void main(String[] args) throws InterruptedException {
    String name = args.length > 0 ? args[0] : "pid " + ProcessHandle.current().pid();
    Vertx vertx = Vertx.clusteredVertx(new VertxOptions()).await();
    Counter done = vertx.sharedData().getCounter("done").await();
    CountDownLatch allDone = new CountDownLatch(1);

    Set<String> heard = new TreeSet<>();
    vertx
        .eventBus()
        .<String>consumer(
            "greetings",
            greeting -> {
              if (heard.add(greeting.body())) {
                System.out.println(name + " was greeted by " + greeting.body());
                if (heard.size() == PROCESSES) {
                  done.incrementAndGet();
                }
              }
            });
    vertx.setPeriodic(
        0,
        EVERY_MILLIS,
        id -> {
          vertx.eventBus().publish("greetings", name);
          done.get()
              .onSuccess(
                  count -> {
                    if (count == PROCESSES) {
                      allDone.countDown();
                    }
                  });
        });

    allDone.await();
    vertx.close().await();
  }
}
