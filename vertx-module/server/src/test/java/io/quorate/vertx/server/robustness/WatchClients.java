package io.quorate.vertx.server.robustness;

import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.WatchSpec;
import io.quorate.history.WatchGuarantees;
import io.quorate.history.WatchGuarantees.Received;
import io.quorate.history.WatchGuarantees.Watched;
import io.quorate.vertx.server.robustness.Evidence.ObservedRevision;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Two kinds of watchers. One on every member receives all keys from the first revision on, not
 * through the faulty network; together these know everything that was written. The others watch
 * some keys, from a past or future revision; they leave, and continue at another member after the
 * last revision they received. Used on the event loop of the clients.
 */
final class WatchClients {
  private static final long RETRY_MILLIS = 100;
  private static final long TICK_MILLIS = 100;

  private final Vertx vertx;
  private final MemberEndpoints members;
  private final StepClock clock;
  private final RequestGenerator requests;
  private final Random random;
  private final List<GrpcConnection> connections = new ArrayList<>();
  private final List<WatchClient> all = new ArrayList<>();
  private final Set<WatchClient> current = new HashSet<>();
  private final List<ObservedRevision> observed = new ArrayList<>();
  private final long[] collected;
  private final int most;
  private boolean stopping;
  private boolean moving = true;

  WatchClients(
      Vertx vertx,
      MemberEndpoints members,
      StepClock clock,
      RequestGenerator requests,
      Random random) {
    this.vertx = vertx;
    this.members = members;
    this.clock = clock;
    this.requests = requests;
    this.random = random;
    this.collected = new long[members.size()];
    this.most = 2 + random.nextInt(5);
  }

  void start() {
    for (int i = 0; i < members.size(); i++) {
      collect(i, connect(members.get(i).port()), 1);
    }
    for (int i = 0; i < most; i++) {
      watch(spec(), 0);
    }
    vertx.setPeriodic(TICK_MILLIS, id -> tick());
  }

  private GrpcConnection connect(int port) {
    GrpcConnection connection = new GrpcConnection(vertx, port);
    connections.add(connection);
    return connection;
  }

  // ---- watchers of all keys

  private void collect(int member, GrpcConnection connection, long from) {
    if (stopping) {
      return;
    }
    String name = "of all keys on " + members.get(member).name();
    WatchSpec spec = new WatchSpec(0, KeyRange.all(), from, false, false, true, true, false);
    WatchClient[] self = new WatchClient[1];
    WatchClient watcher =
        new WatchClient(
            name,
            connection,
            spec,
            received -> remember(member, received),
            () ->
                vertx.setTimer(
                    RETRY_MILLIS,
                    id -> {
                      current.remove(self[0]);
                      collect(member, connection, self[0].next());
                    }));
    self[0] = watcher;
    all.add(watcher);
    current.add(watcher);
  }

  private void remember(int member, Received received) {
    if (received instanceof WatchGuarantees.Events events) {
      for (List<KeyValue> kvs : WatchClient.byRevision(events)) {
        long revision = kvs.get(0).modRevision();
        collected[member] = Math.max(collected[member], revision);
        observed.add(
            new ObservedRevision(
                members.get(member).name(), revision, kvs, clock.nextStep(), clock.millis()));
      }
      requests.saw(collected[member]);
    }
  }

  boolean haveAllReceived(long revision) {
    for (long each : collected) {
      if (each < revision) {
        return false;
      }
    }
    return true;
  }

  // ---- watchers of some keys

  private void watch(WatchSpec kind, long from) {
    if (stopping) {
      return;
    }
    MemberEndpoints.Place place = members.get(random.nextInt(members.size()));
    GrpcConnection connection = connect(place.proxiedPort());
    WatchSpec spec =
        new WatchSpec(
            0,
            kind.range(),
            from,
            kind.noPut(),
            kind.noDelete(),
            kind.prevKv(),
            kind.progressNotify(),
            kind.fragment());
    WatchClient[] self = new WatchClient[1];
    WatchClient watcher =
        new WatchClient(
            all.size() + " on " + place.name(),
            connection,
            spec,
            received -> {},
            () -> vertx.setTimer(RETRY_MILLIS, id -> resume(self[0], connection)));
    self[0] = watcher;
    all.add(watcher);
    current.add(watcher);
  }

  private void resume(WatchClient former, GrpcConnection connection) {
    if (!current.remove(former)) {
      return;
    }
    close(connection);
    watch(former.spec(), former.next());
  }

  private void close(GrpcConnection connection) {
    connections.remove(connection);
    connection.close();
  }

  private void tick() {
    for (WatchClient watcher : List.copyOf(current)) {
      boolean ofUser = !watcher.spec().range().equals(KeyRange.all());
      if (moving && ofUser && random.nextInt(30) == 0) {
        watcher.leave();
        current.remove(watcher);
        boolean goesOn = random.nextInt(3) > 0;
        watch(
            goesOn ? watcher.spec() : spec(),
            goesOn ? watcher.next() : random.nextBoolean() ? 0 : requests.someRevision());
      } else if (!moving || random.nextInt(15) == 0) {
        watcher.askForProgress();
      }
    }
  }

  private WatchSpec spec() {
    int filter = random.nextInt(6);
    return new WatchSpec(
        0,
        requests.watchedKeys(),
        0,
        filter == 0,
        filter == 1,
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextInt(4) == 0);
  }

  // ---- at the end of the run

  /** From now on watchers stay with their member and request progress. */
  void stay() {
    moving = false;
  }

  /**
   * The watchers that have no confirmation yet of having received everything up to {@code
   * revision}.
   */
  List<String> behind(long revision) {
    List<String> behind = new ArrayList<>();
    for (WatchClient watcher : current) {
      if (!watcher.isOpen() || !watcher.hasProgressTo(revision)) {
        behind.add(watcher.received(0).name());
      }
    }
    return behind;
  }

  void stop() {
    stopping = true;
    current.forEach(WatchClient::leave);
  }

  List<Watched> received(long completeTo) {
    return all.stream().map(watcher -> watcher.received(completeTo)).toList();
  }

  List<ObservedRevision> observed() {
    return List.copyOf(observed);
  }
}
