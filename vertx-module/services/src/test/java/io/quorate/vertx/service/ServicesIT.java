package io.quorate.vertx.service;

import static io.quorate.vertx.service.Served.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.member.QuorateServer;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.Signals;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * A member in this JVM, the services of two other JVMs, run by Vert.x's launcher, and callers here
 * and in another JVM. Any of the processes may be killed.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ServicesIT {
  static final long SESSION_MILLIS = 2_000;

  private static final int WRITES = 400;

  @TempDir static Path directory;
  private QuorateServer member;
  private String endpoint;
  private Vertx vertx;
  private QuorateServices services;

  @BeforeAll
  void start() {
    QuorateOptions options = Served.member(directory.resolve("member"));
    member = await(QuorateServer.start(options));
    endpoint = options.getListenClientUrls().get(0).toString();
    vertx = CallerProcess.clustered(endpoint);
    services =
        QuorateServices.of(vertx, new QuorateServicesOptions().setRequestTimeoutMillis(8_000));
  }

  @AfterAll
  void stop() {
    Void unused = await(vertx.close());
    unused = await(member.close());
  }

  private JavaProcess serving(String name) {
    JsonObject configuration =
        new JsonObject()
            .put("connection", new JsonObject().put("endpoints", new JsonArray().add(endpoint)))
            .put(
                "services",
                new JsonObject().put("watchProgressMillis", 300).put("watchReplyMillis", 2_000));
    return JavaProcess.launched(name, directory, endpoint, configuration);
  }

  /** Waits until watches from this JVM have been served by {@code count} instances. */
  private void awaitInstances(int count) {
    Set<String> instances = new HashSet<>();
    Await.untilTrue(
        count + " instances serve",
        () -> {
          boolean unused = instances.add(await(probeInstance()));
          return instances.size() >= count;
        });
  }

  /** The instance that serves a new watch. The watch has no consumer, so it ends soon. */
  private Future<String> probeInstance() {
    return services
        .watches()
        .watch(new WatchRequest().setKey("probe").setAddress("nobody"))
        .map(started -> started.getWatchId().split("\\.", 2)[0]);
  }

  @Test
  void ofACallerThatIsKilledNothingIsLeft() {
    try (JavaProcess first = serving("first-a");
        JavaProcess second = serving("first-b")) {
      assertThat(first.process.isAlive() && second.process.isAlive()).isTrue();
      awaitInstances(2);
      String ownLease = await(services.leases().grant(60)).getLeaseId();
      Acquired wanted = await(lock("killed/wanted", ownLease, 0));
      JavaProcess caller =
          new JavaProcess(
              "caller", directory, List.of(), CallerProcess.class.getName(), endpoint, "killed");
      String lease = caller.line("ready ").split(" ", -1)[1];
      assertThat(await(services.kv().put("killed/watched", "1")).getRevision()).isPositive();
      assertThat(caller.line("heard ")).isEqualTo("heard 1");
      assertThat(await(services.leases().leases())).contains(lease);
      Await.untilTrue("it waits", () -> count("killed/wanted/") == 2);
      Failed.with(ServiceFailure.NOT_ACQUIRED, "held by another", lock("killed/held", ownLease, 0));

      caller.kill();
      Acquired held = await(lock("killed/held", ownLease, 20_000));
      assertThat(held.getFencingToken()).isPositive();
      assertThat(await(services.leases().leases())).doesNotContain(lease);
      assertThat(count("killed/wanted/")).isEqualTo(1);
      assertThat(await(services.locks().unlock(wanted.getKey(), wanted.getFencingToken())))
          .isTrue();
    }
  }

  private Future<Acquired> lock(String name, String lease, long waitMillis) {
    return services
        .locks()
        .lock(new LockRequest().setName(name).setLeaseId(lease).setWaitMillis(waitMillis));
  }

  private long count(String prefix) {
    return await(services.kv().range(new RangeRequest().setPrefix(prefix).setCountOnly(true)))
        .getCount();
  }

  @Test
  void whenWhoServesIsKilledWatchesWaitsAndReadsGoOn() throws InterruptedException {
    try (JavaProcess first = serving("second-a");
        JavaProcess second = serving("second-b")) {
      awaitInstances(2);
      LeaseKeeper keeper = await(services.keepLease(30));
      Acquired held = await(lock("moves", await(services.leases().grant(60)).getLeaseId(), 0));
      // one after the other, because two requests could overtake each other
      Future<Acquired> firstWait = lock("moves", keeper.leaseId(), 60_000);
      Await.untilTrue("one waits", () -> count("moves/") == 2);
      Future<Acquired> secondWait =
          lock("moves", await(services.leases().grant(60)).getLeaseId(), 60_000);
      Await.untilTrue("both wait", () -> count("moves/") == 3);
      List<WatchReceiver> receivers =
          List.of(
              services.watch(new WatchRequest().setPrefix("moving/")),
              services.watch(new WatchRequest().setPrefix("moving/")));
      List<List<String>> heard =
          List.of(new CopyOnWriteArrayList<>(), new CopyOnWriteArrayList<>());
      for (int i = 0; i < 2; i++) {
        List<String> values = heard.get(i);
        receivers
            .get(i)
            .handler(
                delivery ->
                    delivery.getEvents().forEach(event -> values.add(event.getKv().getValue())));
        assertThat(await(receivers.get(i).started())).isPositive();
      }
      for (int i = 1; i <= WRITES; i++) {
        if (i == WRITES / 2) {
          first.kill();
        }
        // not through the services: this tests the delivery
        long unused = await(client().put("moving/key", Integer.toString(i)));
      }
      List<String> expected = IntStream.rangeClosed(1, WRITES).mapToObj(Integer::toString).toList();
      for (List<String> values : heard) {
        Await.untilTrue("all is heard", () -> values.size() >= WRITES);
        assertThat(values).isEqualTo(expected);
      }
      assertThat(await(services.kv().get("moving/key")).getValue())
          .isEqualTo(Integer.toString(WRITES));
      assertThat(await(services.locks().unlock(held.getKey(), held.getFencingToken()))).isTrue();
      Acquired next = await(firstWait);
      assertThat(await(services.locks().unlock(next.getKey(), next.getFencingToken()))).isTrue();
      assertThat(await(secondWait).getFencingToken()).isGreaterThan(next.getFencingToken());
      assertThat(keeper.isAlive()).isTrue();
      Void unused = await(keeper.close());
      for (WatchReceiver receiver : receivers) {
        unused = await(receiver.close());
      }
      assertThat(second.process.isAlive()).isTrue();
    }
  }

  private QuorateClient client() {
    return QuorateClient.over(vertx, member.client(vertx));
  }

  @Test
  void aCallerThatStandsStillIsForgottenAndGoesOnWhenItMoves() {
    try (JavaProcess serving = serving("third")) {
      awaitInstances(1);
      JavaProcess caller =
          new JavaProcess(
              "slow", directory, List.of(), CallerProcess.class.getName(), endpoint, "still");
      try {
        String unused = caller.line("ready ");
        Signals.pause(caller.process);
        for (int i = 1; i <= 50; i++) {
          long revision = await(client().put("still/watched", Integer.toString(i)));
          assertThat(revision).isPositive();
        }
        Failed.with(
            ServiceFailure.NOT_ACQUIRED,
            "timed out",
            services
                .leases()
                .grant(60)
                .compose(lease -> lock("still/held", lease.getLeaseId(), 1)));
        assertThat(serving.process.isAlive()).isTrue();
        // its lease expires, and the lock with it
        String lease = await(services.leases().grant(60)).getLeaseId();
        assertThat(await(lock("still/held", lease, 20_000)).getKey()).startsWith("still/held/");
        Signals.resume(caller.process);
        assertThat(caller.line("heard 50")).isEqualTo("heard 50");
        assertThat(caller.lines.matching(line -> line.startsWith("heard ")))
            .isEqualTo(IntStream.rangeClosed(1, 50).mapToObj(i -> "heard " + i).toList());
      } finally {
        caller.close();
      }
    }
  }

  @Test
  void vertxsLauncherRunsAMember() throws InterruptedException {
    int clientPort = Served.freePort();
    JsonObject configuration =
        new JsonObject()
            .put(
                "server",
                new JsonObject()
                    .put("name", "launched")
                    .put("data-dir", directory.resolve("launched-data").toString())
                    .put("listen-client-urls", Served.url(clientPort).toString())
                    .put("advertise-client-urls", Served.url(clientPort).toString())
                    .put("listen-peer-urls", Served.url(Served.freePort()).toString()))
            .put("services", new JsonObject().put("addressPrefix", "launched"));
    QuorateServices launched =
        QuorateServices.of(vertx, new QuorateServicesOptions().setAddressPrefix("launched"));
    try (JavaProcess process =
        JavaProcess.launched("launched", directory, endpoint, configuration)) {
      Await.untilTrue("it serves", () -> await(launched.kv().put("k", "v")).getRevision() > 0);
      assertThat(await(launched.cluster().members()))
          .extracting(ClusterMember::getName)
          .containsExactly("launched");
      process.process.destroy(); // SIGTERM
      assertThat(process.process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      Failed.with(ServiceFailure.UNREACHABLE, "no service is registered", launched.kv().get("k"));
    }
  }
}
