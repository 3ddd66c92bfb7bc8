package io.quorate.vertx.metrics;

import static io.quorate.vertx.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.quorate.command.Command;
import io.quorate.command.Result.MemberStatus;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.remote.RemoteOptions;
import io.quorate.vertx.client.remote.RemoteStore;
import io.quorate.vertx.member.QuorateServer;
import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.member.OneMember;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import io.vertx.micrometer.backends.BackendRegistries;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuorateMetricsTest {

  private static double value(MeterRegistry registry, String name) {
    return registry.get("vertx.quorate." + name).gauge().value();
  }

  private static void awaitLeader(OneMember member) {
    Await.untilTrue("a leader", () -> member.server().client().memberStatus().started());
  }

  @Test
  void theFiguresAreThoseOfTheMember(@TempDir Path directory) {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (OneMember member = new OneMember(directory);
        QuorateMetrics unused = QuorateMetrics.bindTo(registry, member.server())) {
      awaitLeader(member);
      QuorateClient client = QuorateClient.over(member.server().vertx(), member.server().client());
      long revision = await(client.put("k", "v"));
      assertThat(value(registry, "revision")).isEqualTo(revision);
      for (String flag : List.of("has.leader", "is.leader", "started")) {
        assertThat(value(registry, flag)).as(flag).isEqualTo(1);
      }
      assertThat(value(registry, "is.learner")).isZero();
      // A member of one also proposes entries by itself, for example its version, so the figure may
      // grow in between.
      MemberStatus before = member.server().client().memberStatus();
      double term = value(registry, "raft.term");
      double index = value(registry, "raft.index");
      double applied = value(registry, "raft.applied.index");
      MemberStatus status = member.server().client().memberStatus();
      assertThat(term).isEqualTo(status.raftTerm());
      assertThat(index).isBetween((double) before.raftIndex(), (double) status.raftIndex());
      assertThat(applied)
          .isBetween((double) before.raftAppliedIndex(), (double) status.raftAppliedIndex());
      assertThat(before.raftAppliedIndex()).isPositive();
      assertThat(value(registry, "db.size")).isPositive();
      assertThat(value(registry, "db.size.in.use")).isPositive();
      assertThat(value(registry, "db.quota")).isEqualTo(status.dbSizeQuotaBytes());
      assertThat(registry.getMeters())
          .allMatch(
              meter -> Long.toHexString(status.memberId()).equals(meter.getId().getTag("member")));
    }
  }

  @Test
  void anAlarmIsSeenUnderItsType(@TempDir Path directory) {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (OneMember member = new OneMember(directory);
        QuorateMetrics unused = QuorateMetrics.bindTo(registry, member.server())) {
      long id = member.server().client().memberStatus().memberId();
      await(
          member
              .server()
              .client()
              .alarm(
                  new Command.Alarm(Command.AlarmAction.ACTIVATE, id, Command.AlarmType.NOSPACE)));
      assertThat(registry.get("vertx.quorate.alarm").tag("type", "NOSPACE").gauge().value())
          .isEqualTo(1);
      assertThat(registry.get("vertx.quorate.alarm").tag("type", "CORRUPT").gauge().value())
          .isZero();
    }
  }

  @Test
  void closingTakesTheMetersAwayAndLeavesTheOthers(@TempDir Path directory) {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    Counter other = registry.counter("other");
    OneMember member = new OneMember(directory);
    QuorateMetrics metrics = QuorateMetrics.bindTo(registry, member.server());
    member.close();
    assertThat(value(registry, "has.leader")).isNaN();
    metrics.close();
    metrics.close();
    assertThat(registry.getMeters()).extracting(Meter::getId).containsExactly(other.getId());
    assertThat(registry.isClosed()).isFalse();
  }

  @Test
  void onTheRegistryOfVertxTheNamesAreThoseOfPrometheusAndItGoesOnWithoutThem(
      @TempDir Path directory) {
    PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    Vertx vertx =
        Vertx.builder()
            .with(
                new VertxOptions()
                    .setMetricsOptions(new MicrometerMetricsOptions().setEnabled(true)))
            .withMetrics(new MicrometerMetricsFactory(prometheus))
            .build();
    try (OneMember member = new OneMember(directory)) {
      QuorateServer server = member.server();
      // tag::meter[]
      MeterRegistry registry = BackendRegistries.getDefaultNow();
      QuorateMetrics metrics = QuorateMetrics.bindTo(registry, server);
      MeteredStore metered = new MeteredStore(server.client(vertx), registry);
      QuorateClient counted = QuorateClient.over(vertx, metered);
      // end::meter[]
      assertThat(registry).isSameAs(prometheus);
      awaitLeader(member);
      assertThat(await(counted.put("k", "v"))).isPositive();
      String id = Long.toHexString(server.client().memberStatus().memberId());
      assertThat(prometheus.scrape())
          .contains("vertx_quorate_has_leader{member=\"" + id + "\"} 1.0")
          .contains("vertx_quorate_db_size_bytes{member=\"" + id + "\"}")
          .contains("vertx_quorate_db_size_in_use_bytes{")
          .contains("vertx_quorate_db_quota_bytes{")
          .contains("vertx_quorate_raft_applied_index{")
          .contains("vertx_quorate_client_requests_seconds_count{")
          .contains("vertx_quorate_alarm{member=\"" + id + "\",type=\"NOSPACE\"} 0.0");
      metered.close();
      metrics.close();
      assertThat(prometheus.scrape()).doesNotContain("vertx_quorate").contains("vertx_");
      assertThat(BackendRegistries.getDefaultNow()).isSameAs(prometheus);
      assertThat(prometheus.isClosed()).isFalse();
    } finally {
      Void unused = await(vertx.close());
    }
  }

  @Test
  void requestsAreCountedByWhatTheyAreAndWhatBecameOfThem(@TempDir Path directory) {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    Vertx vertx = Vertx.vertx();
    OneMember member = new OneMember(directory);
    RemoteStore remote =
        new RemoteStore(
            vertx, new RemoteOptions(List.of(member.clientUrl())).setRequestTimeoutMillis(1_000));
    MeteredStore store = new MeteredStore(remote, registry);
    QuorateClient client = QuorateClient.over(vertx, store);
    Long unused = await(client.put("k", "v"));
    unused = await(client.put("k", "w"));
    assertThat(await(client.get("k"))).isPresent();
    assertThatThrownBy(() -> await(client.store().leaseRevoke(5)))
        .hasMessageContaining("requested lease not found");
    member.close();
    assertThatThrownBy(() -> await(client.get("k"))).hasMessageContaining("could not be sent");
    assertThat(requests(registry, "put", "ok")).isEqualTo(2);
    assertThat(requests(registry, "range", "ok")).isEqualTo(1);
    assertThat(requests(registry, "lease_revoke", "lease_not_found")).isEqualTo(1);
    assertThat(requests(registry, "range", "unreachable")).isEqualTo(1);
    store.close();
    assertThat(registry.getMeters()).isEmpty();
    await(vertx.close());
  }

  private static long requests(MeterRegistry registry, String operation, String outcome) {
    return registry
        .get("vertx.quorate.client.requests")
        .tags("operation", operation, "outcome", outcome)
        .timer()
        .count();
  }
}
