package io.quorate.cluster.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.testing.Await;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Highly available verticles on three nodes, two of which are a quorum. */
class HighAvailabilityIT {
  private static final String ONE = "one";
  private static final int ROUNDS = Integer.getInteger("quorate.ha.rounds", 1);

  /** Vert.x checks its quorum each second. */
  private static final long TWO_LOOKS_MILLIS = 2_500;

  @Test
  void anIsolatedNodeUndeploysItsVerticleUntilTheOthersAreBack() throws Exception {
    try (Cluster cluster = Cluster.ofThree("ha-others-stopped", 2)) {
      NodeProcess a = cluster.node("A");
      List<NodeProcess> others = List.of(cluster.node("B"), cluster.node("C"));
      Object unused = a.ask("deploy", "name", ONE).value();
      others.forEach(NodeProcess::pause);
      long pausedAt = Node.now();
      a.awaitEvent("active", e -> !e.getBoolean("value"));
      long endedMillis = a.awaitEvent("verticleEnded", e -> true).getLong("at") - pausedAt;
      assertThat(a.ask("nodes").value()).isEqualTo(new JsonArray().add(a.id()));
      others.forEach(node -> a.awaitEvent("node", e -> e.getString("what").contains(node.id())));
      assertThat(a.running()).isEmpty();
      // until all sessions have expired, so that the first node that is back finds that the others
      // have left
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2 * Cluster.SESSION_MILLIS));
      others.forEach(NodeProcess::resume);
      long resumedAt = Node.now();
      runsOnce(List.of(a, others.get(0), others.get(1)));
      System.out.printf(
          "others stopped: verticle taken down after %d ms; resumed: runs once after %d ms%n",
          endedMillis, Node.now() - resumedAt);
    }
  }

  @Test
  void aPausedNodeUndeploysWhatWasFailedOver() throws Exception {
    try (Cluster cluster = Cluster.ofThree("ha-own-stopped", 2)) {
      NodeProcess a = cluster.node("A");
      NodeProcess b = cluster.node("B");
      NodeProcess c = cluster.node("C");
      Object unused = c.ask("deploy", "name", ONE).value();
      c.pause();
      Await.untilTrue("failed over", () -> a.running().size() + b.running().size() == 1);
      c.resume();
      long resumedAt = Node.now();
      runsOnce(List.of(a, b, c));
      System.out.printf(
          "own node stopped and resumed: runs once %d ms later%n", Node.now() - resumedAt);
      assertThat(c.verticles()).as("not even for a moment").containsExactly(ONE);
      assertThat(c.running()).isEmpty();
    }
  }

  /**
   * Any of the three nodes are paused, for less or more than their sessions. {@code
   * -Dquorate.ha.rounds=20} runs longer.
   */
  @Test
  void whicheverNodesWerePausedEachVerticleRunsOnceInTheEnd() throws Exception {
    long seed = Long.getLong("quorate.ha.seed", System.nanoTime());
    Random random = new Random(seed);
    try (Cluster cluster = Cluster.ofThree("ha-rounds", 2)) {
      List<NodeProcess> all = List.of(cluster.node("A"), cluster.node("B"), cluster.node("C"));
      for (NodeProcess node : all) {
        Object unused = node.ask("deploy", "name", "of-" + node.name()).value();
      }
      for (int round = 0; round < ROUNDS; round++) {
        List<NodeProcess> paused = new ArrayList<>(all);
        paused.removeIf(node -> random.nextBoolean());
        paused.forEach(NodeProcess::pause);
        for (NodeProcess node : paused) {
          LockSupport.parkNanos(
              TimeUnit.MILLISECONDS.toNanos(random.nextLong(Cluster.SESSION_MILLIS)));
          node.resume();
        }
        run("seed " + seed + ", round " + round, all, "of-A", "of-B", "of-C");
      }
    }
  }

  private static void runsOnce(List<NodeProcess> nodes) throws Exception {
    run(ONE, nodes, ONE);
  }

  /** Each of them once when all are back, and from then on. */
  private static void run(String what, List<NodeProcess> nodes, String... verticles)
      throws Exception {
    for (NodeProcess node : nodes) {
      Await.untilTrue(
          node.name() + " is back",
          () ->
              (Boolean) node.ask("active").value()
                  && ((JsonArray) node.ask("nodes").value()).size() == nodes.size());
    }
    Await.untilTrue(what + " runs once", () -> running(nodes).equals(List.of(verticles)));
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(TWO_LOOKS_MILLIS));
    assertThat(running(nodes)).as(what).containsExactly(verticles);
  }

  private static List<String> running(List<NodeProcess> nodes) {
    return nodes.stream().flatMap(node -> node.running().stream()).sorted().toList();
  }
}
