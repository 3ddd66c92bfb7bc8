package io.quorate.cluster.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Processes that are killed, paused, or closed while the others are gone. */
class CrashIT {

  @ParameterizedTest(name = "{0} is killed")
  @ValueSource(strings = {"C", "A"})
  void what_a_killed_node_had_goes_everywhere_and_its_verticle_is_restarted_once(String killed)
      throws Exception {
    try (Cluster cluster = Cluster.ofThree("kill-" + killed)) {
      NodeProcess gone = cluster.node(killed);
      NodeProcess first = cluster.node(killed.equals("A") ? "B" : "A");
      NodeProcess second = cluster.node(killed.equals("C") ? "B" : "C");
      List<NodeProcess> rest = List.of(first, second);
      assertThat(cluster.leader().equals(killed)).isEqualTo(killed.equals("A"));
      for (NodeProcess node : List.of(gone, first, second)) {
        node.ask("consume", "address", "shared").value();
        node.ask("deploy", "name", "of-" + node.name()).value();
      }
      gone.ask("lock", "name", "lock", "timeout", 5_000).value();
      NodeProcess.Answer taken = first.ask("lock", "name", "lock", "timeout", 30_000);
      // sent after the lock request on the same connection: once this is answered, the lock is
      // queued for
      first.ask("put", "key", "key", "value", "value").value();
      first.ask("beginTraffic", "address", "shared").value();

      String id = gone.id();
      long killedAt = gone.kill();
      long lockMillis = ((Number) taken.value()).longValue() - killedAt;
      for (NodeProcess node : rest) {
        node.awaitEvent("node", e -> e.getString("what").startsWith("left " + id));
        assertThat((JsonArray) node.ask("registrations", "address", "shared").value())
            .as("registrations are gone when %s is told", node.name())
            .hasSize(2)
            .doesNotContain(id);
        Await.untilTrue(
            "no entry of high availability at " + node.name(),
            () -> !((JsonArray) node.ask("haEntries").value()).contains(id));
      }
      List<JsonObject> restarted =
          rest.stream()
              .flatMap(node -> node.events("verticle").stream())
              .filter(e -> e.getString("name").equals("of-" + killed))
              .toList();
      assertThat(restarted).hasSize(1);
      long restartedMillis = restarted.get(0).getLong("at") - killedAt;
      JsonObject traffic = (JsonObject) first.ask("endTraffic", "address", "shared").value();
      long lostMillis = PartitionIT.lastFailure(traffic, killedAt);
      System.out.printf(
          "%s killed: lock taken after %d ms, verticle restarted after %d ms, messages lost for %d"
              + " ms%n",
          killed, lockMillis, restartedMillis, lostMillis);
      assertThat(lockMillis).isLessThan(Cluster.SESSION_MILLIS);
      assertThat(restartedMillis).isLessThan(Cluster.SESSION_MILLIS);
      assertThat(lostMillis).isLessThan(Cluster.SESSION_MILLIS);

      // another node joins, and its verticle is failed over when it leaves
      NodeProcess last = cluster.start("D");
      cluster.joined(last);
      last.ask("deploy", "name", "of-D").value();
      long again = last.kill();
      for (NodeProcess node : rest) {
        node.awaitEvent("node", e -> e.getString("what").startsWith("left " + last.id()));
      }
      assertThat(PartitionIT.times("of-D", rest)).isEqualTo(1);
      assertThat(PartitionIT.times("of-" + killed, rest)).isEqualTo(1);
      System.out.printf(
          "D killed: told after %d ms%n",
          rest.get(0).events("node").stream().mapToLong(e -> e.getLong("at")).max().orElseThrow()
              - again);

      // the node that joined later has had the same events since
      List<String> longer = first.nodeEvents();
      List<String> shorter = second.nodeEvents();
      if (longer.size() < shorter.size()) {
        longer = second.nodeEvents();
        shorter = first.nodeEvents();
      }
      assertThat(shorter).hasSizeGreaterThanOrEqualTo(3);
      assertThat(longer).endsWith(shorter.toArray(String[]::new));
    }
  }

  @ParameterizedTest(name = "{0} is stopped")
  @ValueSource(strings = {"C", "A"})
  void a_node_that_was_stopped_for_longer_than_its_session_has_no_lock_and_comes_back(String name)
      throws Exception {
    try (Cluster cluster = Cluster.ofThree("stop-" + name)) {
      NodeProcess stopped = cluster.node(name);
      NodeProcess a = cluster.node(name.equals("A") ? "B" : "A");
      NodeProcess b = cluster.node(name.equals("C") ? "B" : "C");
      List<NodeProcess> all = List.of(a, b, stopped);
      for (NodeProcess node : all) {
        node.ask("consume", "address", "shared").value();
      }
      stopped.ask("consume", "address", "of-" + name).value();
      stopped.ask("lock", "name", "lock", "timeout", 5_000).value();
      NodeProcess.Answer taken = b.ask("lock", "name", "lock", "timeout", 30_000);

      stopped.pause();
      long takenAt = ((Number) taken.value()).longValue();
      for (NodeProcess node : List.of(a, b)) {
        node.awaitEvent("node", e -> e.getString("what").startsWith("left " + stopped.id()));
      }
      for (NodeProcess node : all) {
        if (node != stopped) {
          node.ask("beginTraffic", "address", "of-" + name).value();
        }
      }
      long resumedAt = Node.now();
      stopped.resume();

      JsonObject inactive = stopped.awaitEvent("active", e -> !e.getBoolean("value"));
      assertThat(inactive.getLong("lastActive")).isLessThanOrEqualTo(takenAt);
      JsonObject active =
          stopped.awaitEvent("active", e -> e.getBoolean("value") && e.getLong("lastActive") > 0);
      assertThat(stopped.ask("lock", "name", "lock", "timeout", 300).failed()).isTrue();
      stopped.ask("unlock", "name", "lock").value(); // the one that it had
      assertThat(a.ask("lock", "name", "lock", "timeout", 300).failed()).isTrue();
      b.ask("unlock", "name", "lock").value();
      stopped.ask("lock", "name", "lock", "timeout", 5_000).value();

      for (NodeProcess node : all) {
        Await.untilTrue(
            "registrations at " + node.name(),
            () -> ((JsonArray) node.ask("registrations", "address", "shared").value()).size() == 3);
      }
      long lostMillis = 0;
      for (NodeProcess node : List.of(a, b)) {
        Await.untilTrue(
            name + " answers " + node.name(),
            () -> !node.ask("request", "address", "of-" + name, "timeout", 500).failed());
        JsonObject traffic = (JsonObject) node.ask("endTraffic", "address", "of-" + name).value();
        lostMillis = Math.max(lostMillis, PartitionIT.lastFailure(traffic, resumedAt));
      }
      System.out.printf(
          "%s stopped and resumed: active after %d ms, messages lost for %d ms%n",
          name, active.getLong("at") - resumedAt, lostMillis);
      assertThat(lostMillis).isLessThan(Cluster.SESSION_MILLIS);
    }
  }

  @Test
  void a_node_closes_in_bounded_time_and_leaves_nothing_with_a_quorum_and_without()
      throws Exception {
    try (Cluster cluster = Cluster.ofThree("close")) {
      NodeProcess a = cluster.node("A");
      NodeProcess b = cluster.node("B");
      NodeProcess c = cluster.node("C");
      for (NodeProcess node : List.of(a, b, c)) {
        node.ask("consume", "address", "shared").value();
        node.ask("deploy", "name", "of-" + node.name()).value();
        node.ask("lock", "name", "of-" + node.name(), "timeout", 5_000).value();
      }
      long withQuorum = closed(cluster, b);
      for (NodeProcess node : List.of(a, c)) {
        node.awaitEvent("node", e -> e.getString("what").startsWith("left " + b.id()));
      }
      a.ask("lock", "name", "of-B", "timeout", 5_000).value();
      assertThat(PartitionIT.times("of-B", List.of(a, c))).isZero();
      long unused = a.kill();
      c.awaitEvent("active", e -> !e.getBoolean("value"));
      long withoutQuorum = closed(cluster, c);
      System.out.printf(
          "closed in %d ms with a quorum, in %d ms without%n", withQuorum, withoutQuorum);
      assertThat(c.verticles()).containsExactly("of-C");
    }
  }

  /** How long it took; the process has ended by itself, so no thread is left either. */
  private static long closed(Cluster cluster, NodeProcess node) {
    long millis = node.close(Cluster.TO_END);
    assertThat(node.exitValue()).isZero();
    assertThat(millis).isLessThan(12_000);
    assertThat(node.leftBehind()).isEmpty();
    assertThat(Cluster.isFree("127.0.0.1", cluster.peerPort(node.name()))).isTrue();
    return millis;
  }
}
