package io.quorate.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.spi.cluster.RegistrationInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class RoutingTest {
  private static final Store STORE = new Store();

  @BeforeAll
  static void open() throws Exception {
    STORE.before();
  }

  @AfterAll
  static void close() {
    STORE.after();
  }

  private static void consume(TestCluster cluster, int node, int times, AtomicIntegerArray counts)
      throws Exception {
    for (int i = 0; i < times; i++) {
      Store.await(
          cluster
              .node(node)
              .eventBus()
              .consumer(
                  "address",
                  message -> {
                    counts.incrementAndGet(node);
                    message.reply(null);
                  })
              .completion());
    }
  }

  private static void request(Vertx sender, int times) throws Exception {
    List<Future<?>> replies = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      replies.add(sender.eventBus().request("address", "ping"));
    }
    Store.await(Future.all(replies));
  }

  @Test
  void consumersOnEvenNodesAreServedInTurn() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 3)) {
      AtomicIntegerArray counts = new AtomicIntegerArray(3);
      for (int node = 0; node < 3; node++) {
        consume(cluster, node, 2, counts);
      }
      request(cluster.node(0), 300);
      assertThat(List.of(counts.get(0), counts.get(1), counts.get(2)))
          .containsExactly(100, 100, 100);
    }
  }

  @Test
  void aNodeIsServedAsOftenAsItHasConsumersAlsoIfThatIsUneven() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 3)) {
      AtomicIntegerArray counts = new AtomicIntegerArray(3);
      for (int node = 0; node < 3; node++) {
        consume(cluster, node, node + 1, counts);
      }
      request(cluster.node(0), 600);
      assertThat(List.of(counts.get(0), counts.get(1), counts.get(2)))
          .containsExactly(100, 200, 300);
    }
  }

  @Test
  void aConsumerIsReachableFromAllNodesOnceItsRegistrationIsComplete() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 3)) {
      for (int round = 0; round < 50; round++) {
        String address = "new-" + round;
        int node = round % 3;
        Store.await(
            cluster
                .node(node)
                .eventBus()
                .consumer(address, message -> message.reply("pong"))
                .completion());
        for (Vertx sender : cluster.nodes) {
          assertThat(Store.await(sender.eventBus().request(address, "ping")).body())
              .isEqualTo("pong");
        }
      }
    }
  }

  @Test
  void aConsumerIsAddedToThoseAnotherNodeKnowsBeforeItsRegistrationIsComplete() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 2)) {
      for (int consumers = 1; consumers <= 20; consumers++) {
        Store.await(cluster.node(1).eventBus().consumer("address", m -> {}).completion());
        List<RegistrationInfo> seen =
            TestCluster.ask(answer -> cluster.manager(0).getRegistrations("address", answer));
        assertThat(seen).hasSize(consumers);
      }
    }
  }

  /** As for a service that is bound while its verticle starts. */
  @Test
  void aConsumerIsFoundIfItsRegistrationWasNotAwaited() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 3)) {
      for (int round = 0; round < 200; round++) {
        String address = "address" + round;
        cluster.node(1 + round % 2).eventBus().consumer(address, m -> m.reply("pong"));
        assertThat(Store.await(cluster.node(0).eventBus().request(address, "ping")).body())
            .isEqualTo("pong");
      }
    }
  }

  @Test
  void aRequestToAnUnregisteredAddressFailsAtOnce() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 2)) {
      for (int round = 0; round < 50; round++) {
        var consumer = cluster.node(1).eventBus().consumer("address", m -> m.reply("pong"));
        Store.await(consumer.completion());
        Store.await(cluster.node(0).eventBus().request("address", "ping"));
        Store.await(consumer.unregister());
        TestCluster.until(
            () -> {
              try {
                return TestCluster.<List<RegistrationInfo>>ask(
                        answer -> cluster.manager(0).getRegistrations("address", answer))
                    .isEmpty();
              } catch (Exception e) {
                return e.getCause() instanceof ReplyException reply
                    && reply.failureType() == ReplyFailure.NO_HANDLERS;
              }
            });
        // The selector is told on the context that this passes too.
        Store.await(cluster.node(0).eventBus().consumer("other", m -> {}).completion());
        Future<?> late = cluster.node(0).eventBus().request("address", "ping");
        TestCluster.until(late::isComplete);
        assertThat(late.cause())
            .isInstanceOfSatisfying(
                ReplyException.class,
                e -> assertThat(e.failureType()).isEqualTo(ReplyFailure.NO_HANDLERS));
      }
    }
  }

  @Test
  void manyChangesAreReportedInFewUpdatesAndTheLastIsComplete() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 2)) {
      RecordingListener listener = new RecordingListener();
      QuorateClusterManager third = STORE.manager(cluster.prefix());
      Vertx plain = Vertx.vertx();
      try {
        third.init(plain);
        third.registrationListener(listener);
        TestCluster.<Void>ask(third::join);
        List<Future<?>> registered = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
          registered.add(cluster.node(i % 2).eventBus().consumer("address", m -> {}).completion());
        }
        Store.await(Future.all(registered));
        TestCluster.until(() -> listener.last("address").size() == 1_000);
        assertThat(listener.updates("address")).isLessThan(200);
      } finally {
        TestCluster.<Void>ask(third::leave);
        Store.await(plain.close());
      }
    }
  }

  @Test
  void aLocalConsumerIsNotSharedAndCompletesAtOnce() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 2)) {
      Store.await(cluster.node(0).eventBus().localConsumer("local", m -> {}).completion());
      Store.await(cluster.node(0).eventBus().consumer("shared", m -> {}).completion());
      assertThat(
              TestCluster.<List<RegistrationInfo>>ask(
                  answer -> cluster.manager(0).getRegistrations("local", answer)))
          .singleElement()
          .matches(RegistrationInfo::localOnly);
      assertThat(
              TestCluster.<List<RegistrationInfo>>ask(
                  answer -> cluster.manager(1).getRegistrations("local", answer)))
          .isEmpty();
    }
  }
}
