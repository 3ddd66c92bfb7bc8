package io.quorate.cluster.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.links.Link;
import io.quorate.vertx.testing.links.Link.Condition;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Three nodes, one of which is cut off from the others and comes back. */
class PartitionIT {
  /** As long as a request may be in flight, and somewhat longer than a session. */
  private static final int REFUSED_MILLIS = 12_000;

  @ParameterizedTest(name = "{0} is cut off, links are {1}")
  @CsvSource({"C, SILENT", "A, CUT"})
  void a_minority_is_inactive_and_refuses_and_all_is_as_before_when_it_is_back(
      String minority, Link.Mode mode) throws Exception {
    try (Cluster cluster = Cluster.ofThree("cut-" + minority)) {
      NodeProcess away = cluster.node(minority);
      NodeProcess first = cluster.node(minority.equals("A") ? "B" : "A");
      NodeProcess second = cluster.node(minority.equals("C") ? "B" : "C");
      List<NodeProcess> all = List.of(away, first, second);
      List<NodeProcess> majority = List.of(first, second);
      for (NodeProcess node : all) {
        node.ask("consume", "address", "shared").value();
        node.ask("consume", "address", "of-" + node.name()).value();
        node.ask("deploy", "name", "of-" + node.name()).value();
      }
      away.ask("lock", "name", "lock", "timeout", 5_000).value();
      first.ask("beginTraffic", "address", "shared").value();

      NodeProcess.Answer taken = first.ask("lock", "name", "lock", "timeout", 30_000);
      // sent after the lock request on the same connection: once this is answered, the lock is
      // queued for
      first.ask("put", "key", "key", "value", "before").value();
      long cutAt = Node.now();
      cluster.cutOff(minority, new Condition(mode, 0, 0));

      // the minority is out before another node gets its lock
      JsonObject inactive = away.awaitEvent("active", e -> !e.getBoolean("value"));
      long takenAt = ((Number) taken.value()).longValue();
      assertThat(inactive.getLong("lastActive")).isLessThanOrEqualTo(takenAt);

      // the others go on without it, and fail its verticle over once
      List<NodeProcess.Answer> refused =
          List.of(
              away.ask("lock", "name", "other", "timeout", 500),
              away.ask("increment", "name", "counter"),
              away.ask("put", "key", "key", "value", "minority"),
              away.ask("get", "key", "key"));
      for (NodeProcess node : majority) {
        node.awaitEvent("node", e -> e.getString("what").startsWith("left " + away.id()));
        node.ask("increment", "name", "counter").value();
      }
      assertThat(times("of-" + minority, majority)).isEqualTo(1);
      assertThat(first.ask("put", "key", "key", "value", "majority").value()).isEqualTo("");
      JsonObject traffic = (JsonObject) first.ask("endTraffic", "address", "shared").value();
      long lostMillis = lastFailure(traffic, cutAt);
      assertThat(lostMillis).isLessThan(Cluster.SESSION_MILLIS + Cluster.LATE_MILLIS);

      // it refuses what needs a quorum, and says why
      List<String> why = refused.stream().map(NodeProcess.Answer::failure).toList();
      assertThat(why.get(0)).contains("lock other").contains("not in the cluster");
      assertThat(why.get(1)).contains("not in the cluster");
      assertThat(why.get(2)).contains("unknown outcome").contains("timed out");
      assertThat(why.get(3)).contains("timed out");
      assertThat(refused).allMatch(answer -> answer.millis() < REFUSED_MILLIS);

      for (NodeProcess node : all) {
        node.ask("beginTraffic", "address", "of-" + minority).value();
        node.ask("beginTraffic", "address", "shared").value();
      }
      long healedAt = Node.now();
      cluster.heal();
      away.awaitEvent("active", e -> e.getBoolean("value") && e.getLong("lastActive") > 0);
      long activeMillis = Node.now() - healedAt;
      for (NodeProcess node : all) {
        Await.untilTrue(
            "registrations at " + node.name(),
            () -> node.ask("registrations", "address", "shared").value().equals(ids(all)));
        Await.untilTrue(
            "nodes at " + node.name(), () -> ((JsonArray) node.ask("nodes").value()).size() == 3);
      }
      long thereMillis = Node.now() - healedAt;
      long inVainMillis = 0;
      for (NodeProcess node : all) {
        for (String address : List.of("of-" + minority, "shared")) {
          Await.untilTrue(
              address + " answers " + node.name(),
              () -> !node.ask("request", "address", address, "timeout", 500).failed());
          JsonObject after = (JsonObject) node.ask("endTraffic", "address", address).value();
          inVainMillis = Math.max(inVainMillis, lastFailure(after, healedAt));
        }
      }
      System.out.printf(
          "%s cut off: lock taken after %d ms, messages lost for %d ms; healed: active after %d ms,"
              + " all known after %d ms, messages lost for %d ms%n",
          minority, takenAt - cutAt, lostMillis, activeMillis, thereMillis, inVainMillis);
      assertThat(inVainMillis).isLessThan(Cluster.SESSION_MILLIS);

      // its lock is lost, and it sees what the others have done
      assertThat(away.ask("lock", "name", "lock", "timeout", 300).failure())
          .contains("Timed out waiting to get lock lock");
      first.ask("unlock", "name", "lock").value();
      away.ask("lock", "name", "lock", "timeout", 5_000).value();
      assertThat(away.ask("get", "key", "key").value()).isEqualTo("majority");
      assertThat(((Number) away.ask("increment", "name", "counter").value()).intValue())
          .isIn(3, 4); // what it asked for in the minority may be done, or not
      // it failed over nothing from the others; its own verticle stays where it was failed over to
      assertThat(away.nodeEvents())
          .anyMatch(event -> event.startsWith("left") && event.endsWith("[" + away.id() + "]"));
      assertThat(away.verticles()).containsExactly("of-" + minority);
      assertThat(away.running()).isEmpty();
    }
  }

  @Test
  void without_a_quorum_nothing_is_failed_over_and_all_is_as_before_afterwards() throws Exception {
    try (Cluster cluster = Cluster.ofThree("cut-all")) {
      List<NodeProcess> all = List.of(cluster.node("A"), cluster.node("B"), cluster.node("C"));
      for (NodeProcess node : all) {
        node.ask("consume", "address", "shared").value();
        node.ask("deploy", "name", "of-" + node.name()).value();
      }
      cluster.cutAll(Condition.CUT);
      // on its way when its session is lost
      List<NodeProcess.Answer> consumed =
          all.stream().map(node -> node.ask("consume", "address", "late")).toList();
      for (NodeProcess node : all) {
        node.awaitEvent("active", e -> !e.getBoolean("value"));
      }
      long healedAt = Node.now();
      cluster.heal();
      for (NodeProcess node : all) {
        node.awaitEvent("active", e -> e.getBoolean("value") && e.getLong("lastActive") > 0);
      }
      long activeMillis = Node.now() - healedAt;
      for (NodeProcess node : all) {
        for (String address : List.of("shared", "late")) {
          Await.untilTrue(
              "registrations at " + node.name(),
              () -> node.ask("registrations", "address", address).value().equals(ids(all)));
        }
      }
      long thereMillis = Node.now() - healedAt;
      for (NodeProcess.Answer answer : consumed) {
        Object unused = answer.value();
      }
      System.out.printf(
          "all cut off; healed: active after %d ms, all known after %d ms%n",
          activeMillis, thereMillis);
      assertThat(thereMillis).isLessThan(Cluster.SESSION_MILLIS);
      for (NodeProcess node : all) {
        String own = "of-" + node.name();
        node.awaitEvent("verticleEnded", e -> true);
        Await.untilTrue(own + " again", () -> node.running().equals(List.of(own)));
        assertThat(node.verticles()).containsExactly(own, own);
      }
    }
  }

  private static JsonArray ids(List<NodeProcess> nodes) {
    return new JsonArray(nodes.stream().map(NodeProcess::id).sorted().toList());
  }

  static long times(String verticle, List<NodeProcess> nodes) {
    return nodes.stream()
        .flatMap(node -> node.verticles().stream())
        .filter(verticle::equals)
        .count();
  }

  /**
   * When the last unanswered message was sent, in ms after {@code since}; negative if all were
   * answered.
   */
  static long lastFailure(JsonObject traffic, long since) {
    return traffic.getJsonArray("failed").stream()
        .mapToLong(at -> ((Number) at).longValue() - since)
        .max()
        .orElse(-1);
  }
}
