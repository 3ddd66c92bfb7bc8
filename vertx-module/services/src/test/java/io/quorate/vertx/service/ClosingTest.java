package io.quorate.vertx.service;

import static io.quorate.vertx.service.Served.await;
import static io.quorate.vertx.service.Served.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.remote.RemoteOptions;
import io.quorate.vertx.client.remote.RemoteStore;
import io.quorate.vertx.service.server.QuorateServicesBinder;
import io.quorate.vertx.service.server.ServicesRegistration;
import io.quorate.vertx.testing.Await;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Services that are closed, or whose store is. */
class ClosingTest {
  @TempDir Path dataDir;
  private Served served;

  @BeforeEach
  void start() {
    served = new Served(dataDir);
  }

  @AfterEach
  void stop() {
    served.close();
  }

  @Test
  void servicesThatAreClosedSayGoodbyeToWatchersAndAreGone() {
    List<WatchDelivery> heard = new CopyOnWriteArrayList<>();
    served
        .vertx
        .eventBus()
        .<io.vertx.core.json.JsonObject>consumer(
            "caller",
            message -> {
              heard.add(new WatchDelivery(message.body()));
              message.reply(null);
            });
    WatchStarted started =
        await(served.services.watches().watch(new WatchRequest().setKey("k").setAddress("caller")));
    Void unused = await(served.registration.close());
    Await.untilTrue("the end is heard", () -> !heard.isEmpty());
    WatchEnd end = heard.get(heard.size() - 1).getEnd();
    assertThat(end).isNotNull();
    assertThat(end.getCode()).isEqualTo(ServiceFailure.CLOSED.code());
    assertThat(started.getWatchId()).isEqualTo(heard.get(0).getWatchId());
    Failed.with(
        ServiceFailure.UNREACHABLE, "no service is registered", served.services.kv().get("k"));
  }

  @Test
  void aMemberThatIsClosedIsToldByItsCode() {
    Void unused = await(served.server.close());
    assertThat(ServiceFailure.of(failure(served.services.kv().get("k"))))
        .isEqualTo(ServiceFailure.STOPPED);
    assertThat(ServiceFailure.of(failure(served.services.kv().put("k", "v"))))
        .isEqualTo(ServiceFailure.UNKNOWN_OUTCOME);
    assertThat(
            ServiceFailure.of(
                failure(
                    served.services.locks().lock(new LockRequest().setName("n").setLeaseId("1")))))
        .isEqualTo(ServiceFailure.UNKNOWN_OUTCOME);
  }

  @Test
  void aStoreThatIsClosedIsToldByItsCode() {
    RemoteStore store =
        new RemoteStore(served.vertx, new RemoteOptions(List.of(Served.url(Served.freePort()))));
    QuorateServicesOptions options =
        new QuorateServicesOptions()
            .setAddressPrefix("closed")
            .setServices(Set.copyOf(EnumSet.of(ServiceName.KV, ServiceName.WATCH)));
    ServicesRegistration registration =
        await(QuorateServicesBinder.bind(QuorateClient.over(served.vertx, store), options));
    Void unused = await(store.close());
    QuorateServices services = QuorateServices.of(served.vertx, options);
    Failed.with(ServiceFailure.CLOSED, "the store is closed", services.kv().get("k"));
    Failed.with(
        ServiceFailure.CLOSED,
        "the store is closed",
        services.watches().watch(new WatchRequest().setKey("k").setAddress("a")));
    Failed.with(ServiceFailure.UNREACHABLE, "no service is registered", services.leases().grant(1));
    unused = await(registration.close());
  }
}
