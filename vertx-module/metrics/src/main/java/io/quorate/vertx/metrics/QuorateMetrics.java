package io.quorate.vertx.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.quorate.command.Command;
import io.quorate.command.Result.MemberStatus;
import io.quorate.vertx.member.QuorateServer;
import io.quorate.vertx.member.store.MemberStore;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The figures of a member in this process, as gauges of the application's registry. They are read
 * from memory when the registry is read, and never block. Any thread.
 *
 * <p>Each has the tag {@code member}, the member's id in hex. After the member has stopped they are
 * NaN. Closing removes them from the registries.
 */
public final class QuorateMetrics implements MeterBinder, AutoCloseable {
  private static final String BYTES = "bytes";

  /** One gauge. {@code unit} is null for a plain number. */
  private record Figure(
      String name, @Nullable String unit, String description, ToDoubleFunction<MemberStatus> of) {}

  private static final List<Figure> FIGURES =
      List.of(
          number("has.leader", "1 if the member knows a leader", s -> flag(s.leader() != 0)),
          number("is.leader", "1 if it is the leader", s -> flag(s.leader() == s.memberId())),
          number("is.learner", "1 if it does not vote", s -> flag(s.isLearner())),
          number(
              "started",
              "1 if it has caught up with the log that it found at its start",
              s -> flag(s.started())),
          number("raft.term", "Raft term: grows with each election", MemberStatus::raftTerm),
          number("raft.index", "Committed Raft index", MemberStatus::raftIndex),
          number("raft.applied.index", "Applied Raft index", MemberStatus::raftAppliedIndex),
          number("revision", "Newest revision that it can read", MemberStatus::revision),
          bytes("db.size", "Size of the database", MemberStatus::dbSizeBytes),
          bytes("db.size.in.use", "Thereof in use", MemberStatus::dbSizeInUseBytes),
          bytes("db.quota", "Size at which NOSPACE is raised", MemberStatus::dbSizeQuotaBytes));

  private final QuorateServer server;
  private final MemberStore store;
  private final Map<MeterRegistry, Set<Meter>> bound = new ConcurrentHashMap<>();

  private QuorateMetrics(QuorateServer server) {
    this.server = server;
    this.store = server.client();
  }

  /** For a registry that accepts binders, or for several registries. */
  public static QuorateMetrics of(QuorateServer server) {
    return new QuorateMetrics(server);
  }

  /** Registers the gauges of {@code server} on {@code registry} until they are closed. */
  public static QuorateMetrics bindTo(MeterRegistry registry, QuorateServer server) {
    QuorateMetrics metrics = of(server);
    metrics.bindTo(registry);
    return metrics;
  }

  private static Figure number(String name, String description, ToDoubleFunction<MemberStatus> of) {
    return new Figure(name, null, description, of);
  }

  private static Figure bytes(String name, String description, ToDoubleFunction<MemberStatus> of) {
    return new Figure(name, BYTES, description, of);
  }

  private static double flag(boolean value) {
    return value ? 1 : 0;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    for (Figure figure : FIGURES) {
      add(registry, gauge(figure));
    }
    for (Command.AlarmType type : List.of(Command.AlarmType.NOSPACE, Command.AlarmType.CORRUPT)) {
      Figure raised =
          number(
              "alarm",
              "1 if the alarm is in force for any member",
              s -> flag(s.alarms().stream().anyMatch(alarm -> alarm.type() == type)));
      add(registry, gauge(raised).tag("type", type.name()));
    }
  }

  private Gauge.Builder<MemberStore> gauge(Figure figure) {
    return Gauge.builder(MeterNames.of(figure.name()), store, s -> read(s, figure))
        .description(figure.description())
        .baseUnit(figure.unit())
        .tag("member", Long.toHexString(store.memberStatus().memberId()))
        .strongReference(true);
  }

  private double read(MemberStore store, Figure figure) {
    return server.termination().isComplete()
        ? Double.NaN
        : figure.of().applyAsDouble(store.memberStatus());
  }

  private void add(MeterRegistry registry, Gauge.Builder<MemberStore> gauge) {
    bound
        .computeIfAbsent(registry, r -> ConcurrentHashMap.newKeySet())
        .add(gauge.register(registry));
  }

  /** Removes the gauges from their registries. */
  @Override
  public void close() {
    bound.forEach((registry, meters) -> meters.forEach(registry::remove));
    bound.clear();
  }
}
