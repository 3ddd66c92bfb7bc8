package io.quorate.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.cluster.options.QuorateClusterOptions;
import io.quorate.command.Member;
import io.quorate.vertx.client.QuorateClient;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.DeliveryOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * Three members that answer each other's requests, closed and started again one after the other.
 * {@code -Dquorate.rolling.restarts=200} runs longer; {@code -Dquorate.rolling.drainMillis=0} shows
 * what Vert.x alone loses.
 */
class RollingRestartIT {
  private static final int RESTARTS = Integer.getInteger("quorate.rolling.restarts", 6);
  private static final int DRAIN_MILLIS = Integer.getInteger("quorate.rolling.drainMillis", 300);
  private static final String ADDRESS = "work";
  private static final int NODES = 3;

  /** 100 a second while one of three is away. */
  private static final long EVERY_MILLIS = 20;

  private static final long TIMEOUT_MILLIS = 5_000;
  private static final int LONGEST_ANSWER_MILLIS = 50;

  private final AtomicLong sent = new AtomicLong();
  private final ConcurrentLinkedQueue<String> lost = new ConcurrentLinkedQueue<>();
  private final ReservedPorts ports = ReservedPorts.take();

  /** Takes some time for each answer. */
  static final class Worker extends VerticleBase {
    private int asked;

    @Override
    public Future<?> start() {
      return vertx
          .eventBus()
          .consumer(
              ADDRESS,
              message ->
                  vertx.setTimer(
                      1 + ++asked * 7 % LONGEST_ANSWER_MILLIS, id -> message.reply("done")))
          .completion();
    }
  }

  /** A node and its requests to others, which end before it is closed. */
  private final class Node {
    private final Vertx vertx;
    private final AtomicInteger underWay = new AtomicInteger();
    private final Promise<Void> answered = Promise.promise();
    private final long timer;
    private volatile boolean ending;

    Node() throws Exception {
      VertxOptions options = new VertxOptions().setEventLoopPoolSize(2).setWorkerPoolSize(4);
      options.getEventBusOptions().setHost("127.0.0.1").setPort(0);
      vertx =
          Store.await(
              Vertx.builder()
                  .with(options)
                  .withClusterManager(
                      new QuorateClusterManager(
                          new QuorateClusterOptions()
                              .setClusterName("rolling")
                              .setHost("127.0.0.1")
                              .setPort(ports.first())
                              .setPortRange(ReservedPorts.COUNT)
                              .setDrainMillis(DRAIN_MILLIS)))
                  .buildClustered());
      String unused = Store.await(vertx.deployVerticle(new Worker()));
      timer = vertx.setPeriodic(EVERY_MILLIS, id -> send());
    }

    private void send() {
      if (ending) {
        return;
      }
      underWay.incrementAndGet();
      long number = sent.incrementAndGet();
      vertx
          .eventBus()
          .request(ADDRESS, "?", new DeliveryOptions().setSendTimeout(TIMEOUT_MILLIS))
          .onComplete(
              (reply, failure) -> {
                if (failure != null) {
                  lost.add(number + ": " + failure);
                }
                if (underWay.decrementAndGet() == 0 && ending) {
                  answered.tryComplete();
                }
              });
    }

    void end() throws Exception {
      Promise<Void> stopped = Promise.promise();
      vertx.runOnContext(
          v -> {
            vertx.cancelTimer(timer);
            ending = true;
            if (underWay.get() == 0) {
              answered.tryComplete();
            }
            stopped.complete();
          });
      Store.await(stopped.future());
      Store.await(answered.future());
      Store.await(vertx.close());
    }

    boolean threeVote() {
      try {
        QuorateClient client = QuorateClusterManager.clientOf(vertx);
        List<Member> members = Store.await(client.store().memberList(true)).members();
        return members.stream().filter(m -> !m.isLearner()).count() == NODES;
      } catch (Exception e) {
        return false;
      }
    }
  }

  @Test
  void no_request_is_lost_while_one_node_after_the_other_is_restarted() throws Exception {
    List<Node> nodes = new ArrayList<>();
    long begun = System.nanoTime();
    try {
      for (int i = 0; i < NODES; i++) {
        nodes.add(new Node());
      }
      for (int i = 0; i < RESTARTS; i++) {
        Node last = nodes.get(NODES - 1);
        TestCluster.until(last::threeVote);
        nodes.remove(0).end();
        nodes.add(new Node());
      }
    } finally {
      while (!nodes.isEmpty()) {
        nodes.remove(0).end();
      }
      ports.close();
      System.out.printf(
          "%d restarts with drainMillis %d in %d s: %d of %d requests lost%n",
          RESTARTS,
          DRAIN_MILLIS,
          (System.nanoTime() - begun) / 1_000_000_000,
          lost.size(),
          sent.get());
    }
    assertThat(lost).isEmpty();
    assertThat(sent.get()).isGreaterThan(RESTARTS * 10L);
  }
}
