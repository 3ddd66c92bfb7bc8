package io.quorate.vertx.service;

import static io.quorate.vertx.service.Served.await;

import io.quorate.cluster.QuorateClusterManager;
import io.quorate.cluster.options.QuorateClusterOptions;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * A caller in its own JVM: it holds a lock, waits for another one and watches until it is killed.
 */
final class CallerProcess {
  private CallerProcess() {}

  public static void main(String[] args) throws InterruptedException {
    Vertx vertx = clustered(args[0]);
    QuorateServices services = QuorateServices.of(vertx);
    LeaseKeeper keeper = await(services.keepLease(2));
    Acquired held =
        await(
            services
                .locks()
                .lock(
                    new LockRequest()
                        .setName(args[1] + "/held")
                        .setLeaseId(keeper.leaseId())
                        .setWaitMillis(10_000)));
    services
        .locks()
        .lock(
            new LockRequest()
                .setName(args[1] + "/wanted")
                .setLeaseId(keeper.leaseId())
                .setWaitMillis(300_000))
        .onFailure(failure -> System.out.println("wait failed: " + failure));
    WatchReceiver receiver = services.watch(new WatchRequest().setPrefix(args[1] + "/watched"));
    receiver.handler(
        delivery ->
            delivery
                .getEvents()
                .forEach(event -> System.out.println("heard " + event.getKv().getValue())));
    long revision = await(receiver.started());
    System.out.println("ready " + keeper.leaseId() + " " + held.getFencingToken() + " " + revision);
    new CountDownLatch(1).await(); // until it is killed
  }

  static Vertx clustered(String endpoint) {
    QuorateClusterOptions options =
        new QuorateClusterOptions()
            .setRole(QuorateClusterOptions.Role.CLIENT)
            .setEndpoints(List.of(endpoint))
            .setSessionTimeoutMillis(ServicesIT.SESSION_MILLIS);
    return await(
        Vertx.builder()
            .with(
                new VertxOptions()
                    .setUseDaemonThread(true)
                    .setEventBusOptions(new EventBusOptions().setHost("127.0.0.1")))
            .withClusterManager(new QuorateClusterManager(options))
            .buildClustered());
  }
}
