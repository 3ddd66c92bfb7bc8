package io.quorate.examples.vertx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.Result;
import io.quorate.vertx.client.Compares;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.Session;
import io.quorate.vertx.client.UnknownOutcomeException;
import io.quorate.vertx.client.WatchCompactedException;
import io.quorate.vertx.client.WatchOptions;
import io.quorate.vertx.client.WatchStream;
import io.quorate.vertx.client.recipe.Barrier;
import io.quorate.vertx.client.recipe.Counters;
import io.quorate.vertx.client.recipe.Election;
import io.quorate.vertx.client.recipe.Held;
import io.quorate.vertx.client.recipe.Leadership;
import io.quorate.vertx.client.recipe.NotAcquiredException;
import io.quorate.vertx.client.recipe.ReadWriteLock;
import io.quorate.vertx.client.recipe.Semaphore;
import io.quorate.vertx.member.QuorateServer;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.service.Acquired;
import io.quorate.vertx.service.LeaseKeeper;
import io.quorate.vertx.service.LockRequest;
import io.quorate.vertx.service.QuorateServices;
import io.quorate.vertx.service.QuorateServicesOptions;
import io.quorate.vertx.service.QuorateVerticle;
import io.quorate.vertx.service.ServiceFailure;
import io.quorate.vertx.service.WatchEvent;
import io.quorate.vertx.service.WatchReceiver;
import io.quorate.vertx.service.WatchRequest;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The guides to the client and to the services are cut from here. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GuidesIT {
  private static final long WAIT_SECONDS = 30;

  private final Vertx vertx = Vertx.vertx();
  private final URI clients = freeUrl();
  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
  private QuorateServer member;
  private QuorateClient client;
  private QuorateServices services;

  private static URI freeUrl() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeAll
  void start(@TempDir Path directory) {
    start(directory, freeUrl());
    deployServices();
  }

  private void start(Path directory, URI peers) {
    // tag::member[]
    QuorateOptions options =
        new QuorateOptions()
            .setDataDir(directory)
            .setListenClientUrls(List.of(clients))
            .setAdvertiseClientUrls(List.of(clients))
            .setListenPeerUrls(List.of(peers));
    QuorateServer server = QuorateServer.start(options).await();
    QuorateClient client = QuorateClient.over(vertx, server.client(vertx));
    // end::member[]
    this.member = server;
    this.client = client;
  }

  private void deployServices() {
    JsonObject configuration =
        new JsonObject()
            .put(
                "connection",
                new JsonObject().put("endpoints", new JsonArray().add(clients.toString())));
    // tag::deploy[]
    vertx
        .deployVerticle(
            QuorateVerticle.class.getName(), new DeploymentOptions().setConfig(configuration))
        .await();
    QuorateServices services = QuorateServices.of(vertx);
    // end::deploy[]
    this.services = services;
  }

  @AfterAll
  void stop() {
    client.close().await();
    vertx.close().await();
    member.close().await();
  }

  private void readAgain(long compactRevision) {
    told.add("compacted at " + compactRevision);
  }

  private void changed(WatchEvent event) {
    told.add(event.getType() + " " + event.getKv());
  }

  private static <T> T taken(BlockingQueue<T> queue) throws InterruptedException {
    return Objects.requireNonNull(queue.poll(WAIT_SECONDS, TimeUnit.SECONDS));
  }

  // ---- the client

  @Test
  void whatHangsOnASessionGoesWithIt() {
    // tag::session[]
    Session session = client.session(10).await();
    Bytes here = Bytes.utf8("workers/" + ProcessHandle.current().pid());
    Command.Put put =
        new Command.Put(here, Bytes.utf8("ready"), session.leaseId(), false, false, false);
    client.store().put(put).await();
    session.lost().onSuccess(lost -> System.out.println("others may think that we are gone"));
    // end::session[]
    assertThat(client.get(here).await()).isPresent();
    session.close().await();
    assertThat(client.get(here).await()).isEmpty();
    assertThat(session.isAlive()).isFalse();
  }

  @Test
  void aCopyOfARangeIsReadAgainIfItsWatchIsTooLate() throws InterruptedException {
    long first = client.put("copied", "1").await();
    long last = client.put("copied", "2").await();
    client.store().compact(new Command.Compact(last, true)).await();
    // tag::compacted[]
    WatchStream watch =
        client.watch(WatchOptions.of(KeyRange.single(Bytes.utf8("copied"))).startingAt(first));
    watch.exceptionHandler(
        failure -> {
          if (failure instanceof WatchCompactedException compacted) {
            readAgain(compacted.compactRevision()); // and watch from there
          }
        });
    watch.handler(batch -> System.out.println(batch.events()));
    // end::compacted[]
    assertThat(taken(told)).isEqualTo("compacted at " + last);
  }

  @Test
  void anElectionHasOneLeader() {
    Session session = client.session(10).await();
    // tag::election[]
    Election election = new Election(client, "cashier");
    Leadership leadership = election.campaign(session, Bytes.utf8("one"), null).await();
    boolean written =
        client
            .txn()
            .when(leadership.guard())
            .then(Command.Put.of(Bytes.utf8("till"), Bytes.utf8("open")))
            .commit()
            .await()
            .succeeded();
    leadership.lost().onSuccess(lost -> System.out.println("another one leads, or will"));
    // end::election[]
    assertThat(written).isTrue();
    assertThat(election.leader().await().orElseThrow().value().utf8()).isEqualTo("one");
    leadership.resign().await();
    assertThat(election.leader().await()).isEmpty();
    session.close().await();
  }

  @Test
  void permitsSharesAndBarriers() {
    Session session = client.session(10).await();
    // tag::recipes[]
    Held permit = new Semaphore(client, session, "printers", 2).acquire(1_000).await();
    Held reading = new ReadWriteLock(client, session, "catalogue").acquireRead(1_000).await();
    Held closed = new Barrier(client, "migration").hold(session).await();
    // end::recipes[]
    assertThatThrownBy(() -> new Barrier(client, "migration").await(0).await())
        .isInstanceOf(NotAcquiredException.class);
    for (Held held : List.of(permit, reading, closed)) {
      assertThat(held.isHeld()).isTrue();
      held.release().await();
    }
    // tag::barrier[]
    new Barrier(client, "migration").await(60_000).await();
    // end::barrier[]
    session.close().await();
  }

  @Test
  void aCounterCountsOnce() {
    Session session = client.session(10).await();
    // tag::counter[]
    Counters counters = new Counters(client, session);
    long order = counters.counter(Bytes.utf8("orders")).addAndGet(1).await();
    // end::counter[]
    assertThat(order).isEqualTo(1);
    session.close().await();
  }

  // tag::unknown[]
  /** Whether {@code mine} was there first. It is put by nobody else, so it may be put again. */
  private Future<Boolean> claim(Bytes key, Bytes mine, int attempts) {
    return client
        .txn()
        .when(Compares.createRevision(key).isEqualTo(0))
        .then(Command.Put.of(key, mine))
        .otherwise(Command.Range.of(KeyRange.single(key)))
        .commit()
        .map(done -> done.succeeded() || isMine(done, mine))
        .recover(
            failure ->
                failure instanceof UnknownOutcomeException && attempts > 1
                    ? claim(key, mine, attempts - 1)
                    : Future.failedFuture(failure));
  }

  private static boolean isMine(Result.TxnDone done, Bytes mine) {
    return done.responses().get(0) instanceof Result.Ranged read
        && read.kvs().stream().anyMatch(pair -> pair.value().equals(mine));
  }

  // end::unknown[]

  @Test
  void whatIsRepeatedDoesNoHarm() {
    Bytes seat = Bytes.utf8("seat/12");
    assertThat(claim(seat, Bytes.utf8("anna"), 3).await()).isTrue();
    assertThat(claim(seat, Bytes.utf8("anna"), 3).await()).isTrue();
    assertThat(claim(seat, Bytes.utf8("bert"), 3).await()).isFalse();
  }

  // ---- the services

  @Test
  void keysOnTheEventBus() {
    // tag::kv[]
    services.kv().put("colour", "blue").await();
    String colour = services.kv().get("colour").await().getValue();
    // end::kv[]
    assertThat(colour).isEqualTo("blue");
    // tag::raw[]
    JsonObject arguments = new JsonObject().put("key", "colour");
    JsonObject found =
        vertx
            .eventBus()
            .<JsonObject>request(
                "quorate.kv", arguments, new DeliveryOptions().addHeader("action", "get"))
            .await()
            .body();
    // end::raw[]
    assertThat(found.getString("value")).isEqualTo("blue");
  }

  @Test
  void aLockHangsOnALeaseOfTheCaller() {
    // tag::servicelock[]
    LeaseKeeper lease = services.keepLease(10).await();
    LockRequest wanted =
        new LockRequest().setName("printer").setLeaseId(lease.leaseId()).setWaitMillis(5_000);
    Acquired lock = services.locks().lock(wanted).await();
    long fencingToken = lock.getFencingToken();
    // end::servicelock[]
    assertThat(fencingToken).isPositive();
    LeaseKeeper other = services.keepLease(10).await();
    LockRequest late = new LockRequest().setName("printer").setLeaseId(other.leaseId());
    assertThat(failureOf(services.locks().lock(late))).isEqualTo(ServiceFailure.NOT_ACQUIRED);
    // tag::serviceunlock[]
    services.locks().unlock(lock.getKey(), lock.getFencingToken()).await();
    lease.close().await();
    // end::serviceunlock[]
    other.close().await();
  }

  private static @Nullable ServiceFailure failureOf(Future<?> future) {
    return future
        .<ServiceFailure>transform(
            (answer, failure) ->
                failure == null
                    ? Future.failedFuture("no failure")
                    : Future.succeededFuture(ServiceFailure.of(failure)))
        .await();
  }

  @Test
  void aWatchOnTheEventBus() throws InterruptedException {
    // tag::servicewatch[]
    WatchReceiver watch = services.watch(new WatchRequest().setPrefix("config/"));
    watch.exceptionHandler(failure -> System.out.println(failure.getMessage()));
    watch.handler(delivery -> delivery.getEvents().forEach(this::changed));
    watch.started().await();
    // end::servicewatch[]
    services.kv().put("config/a", "1").await();
    assertThat(taken(told)).startsWith("PUT ").contains("config/a");
    watch.close().await();
  }

  @Test
  void theConfigurationsOfTheGuideAreUnderstood(@TempDir Path directory) throws IOException {
    JsonObject member = configuration("verticle-member.json");
    member
        .getJsonObject("server")
        .put("data-dir", directory.toString())
        .put("listen-client-urls", freeUrl().toString())
        .put("advertise-client-urls", freeUrl().toString())
        .put("listen-peer-urls", freeUrl().toString());
    for (JsonObject shown : List.of(member, configuration("verticle-connection.json"))) {
      String deployment =
          vertx
              .deployVerticle(new QuorateVerticle(), new DeploymentOptions().setConfig(shown))
              .await();
      vertx.undeploy(deployment).await();
    }
  }

  @Test
  void theGuideToTheServicesHasEveryOptionAndFailure() throws IOException {
    String guide = Files.readString(Path.of("../../vertx-module/guides/services.md"));
    JsonObject defaults = new QuorateServicesOptions().toJson();
    for (String name : defaults.fieldNames()) {
      String value = name.equals("services") ? "all" : String.valueOf(defaults.getValue(name));
      assertThat(guide).containsPattern("`" + name + "` \\| `?" + value + "`? \\|");
    }
    for (ServiceFailure failure : ServiceFailure.values()) {
      if (failure.code() > 2000) {
        assertThat(guide).contains("| " + failure.code() + " | `" + failure + "` |");
      }
    }
  }

  private static JsonObject configuration(String name) throws IOException {
    return new JsonObject(Files.readString(Path.of("src/test/resources/guides", name)));
  }
}
