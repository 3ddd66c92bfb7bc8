package io.quorate.vertx.discovery;

import static io.quorate.vertx.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.KeyValue;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.SharedClients;
import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.Lines;
import io.quorate.vertx.testing.Loopback;
import io.quorate.vertx.testing.member.OneMember;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.servicediscovery.Record;
import io.vertx.servicediscovery.ServiceDiscovery;
import io.vertx.servicediscovery.ServiceDiscoveryOptions;
import io.vertx.servicediscovery.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

class RecordsTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private static OneMember member;
  private static Vertx vertx;
  private static QuorateClient client;

  private String prefix = "";

  @BeforeAll
  static void start(@TempDir Path directory) {
    member = new OneMember(directory);
    vertx = Vertx.vertx();
    client = QuorateClient.over(vertx, member.server().client(vertx));
    SharedClients.share("main", client);
  }

  @AfterAll
  static void stop() {
    Void unused = await(vertx.close());
    member.close();
  }

  @BeforeEach
  void ownKeys(TestInfo test) {
    prefix = test.getTestMethod().orElseThrow().getName() + "/";
  }

  private JsonObject configuration() {
    return new JsonObject().put("backend-name", "quorate").put("prefix", prefix);
  }

  private JsonObject shared() {
    return configuration().put("connection", new JsonObject().put("shared", "main"));
  }

  private JsonObject remote() {
    return configuration()
        .put(
            "connection",
            new JsonObject().put("endpoints", new JsonArray().add(member.clientUrl().toString())));
  }

  private static ServiceDiscovery discovery(Vertx on, JsonObject configuration) {
    return ServiceDiscovery.create(
        on, new ServiceDiscoveryOptions().setBackendConfiguration(configuration));
  }

  private static Record published(ServiceDiscovery discovery, String name) {
    return await(discovery.publish(new Record().setName(name)));
  }

  private List<String> names() {
    return await(discovery(vertx, shared()).getRecords((JsonObject) null)).stream()
        .map(Record::getName)
        .sorted()
        .toList();
  }

  private KeyValue stored(Record record) {
    return await(client.get(prefix + record.getRegistration())).orElseThrow();
  }

  @Test
  void aRecordIsJsonUnderTheLeaseOfItsPublisher() {
    Record record = published(discovery(vertx, shared().put("ttlSeconds", 7)), "a");
    KeyValue stored = stored(record);
    assertThat(new JsonObject(stored.value().utf8())).isEqualTo(record.toJson());
    assertThat(await(client.store().leaseTimeToLive(stored.lease(), false)).grantedTtlSeconds())
        .isEqualTo(7);
  }

  @Test
  void recordsOfAPublisherThatIsKilledAreGoneWithinItsTime() throws Exception {
    Process publisher = publisher(remote().put("ttlSeconds", 2));
    try {
      String said =
          Lines.of(publisher.getInputStream(), "publisher", null)
              .find(line -> line.startsWith("published "), Duration.ofSeconds(60));
      assertThat(said).isNotNull();
      assertThat(names()).containsExactly("doomed");
      publisher.destroyForcibly();
      assertThat(publisher.waitFor(10, TimeUnit.SECONDS)).isTrue();
      long dead = System.nanoTime();
      Await.untilTrue("nothing", SOON, () -> names().isEmpty());
      assertThat(Duration.ofNanos(System.nanoTime() - dead)).isLessThan(Duration.ofSeconds(4));
    } finally {
      publisher.destroyForcibly();
    }
  }

  private static Process publisher(JsonObject configuration) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            Publisher.class.getName(),
            configuration.encode())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  @Test
  void recordsWhoseLeaseIsLostArePutAgainAsTheyWereChangedAndWithoutThoseOthersHaveRemoved() {
    ServiceDiscovery publisher = discovery(vertx, shared());
    ServiceDiscovery other = discovery(vertx, shared());
    Record kept = published(publisher, "kept");
    Record changed = published(publisher, "changed");
    Record removed = published(publisher, "removed");
    await(other.update(new Record(changed).setStatus(Status.OUT_OF_SERVICE)));
    await(other.unpublish(removed.getRegistration()));
    long lease = stored(kept).lease();
    // both deletions are observed before the end of the lease, because events come in order and
    // this record is the last
    Record last = published(publisher, "last");
    await(client.store().leaseRevoke(lease));
    Await.untilTrue("put again", SOON, () -> names().equals(List.of("kept", "last")));
    assertThat(await(other.getRecord(changed.getRegistration())).getStatus())
        .isEqualTo(Status.OUT_OF_SERVICE);
    assertThat(await(other.getRecord(removed.getRegistration()))).isNull();
    assertThat(stored(kept).lease()).isNotEqualTo(lease).isEqualTo(stored(last).lease());
  }

  @Test
  void recordsThatAreNotEphemeralStay() {
    Vertx short0 = Vertx.vertx();
    Record record = published(discovery(short0, remote().put("ephemeral", false)), "stays");
    assertThat(stored(record).lease()).isZero();
    Void unused = await(short0.close());
    assertThat(names()).containsExactly("stays");
    await(discovery(vertx, shared()).unpublish(record.getRegistration()));
    assertThat(names()).isEmpty();
  }

  @Test
  void aVerticleThatGoesTakesItsRecordsAlong() {
    String[] id = new String[1];
    JsonObject configuration = remote().put("ttlSeconds", 60);
    AbstractVerticle verticle =
        new AbstractVerticle() {
          @Override
          public void start(io.vertx.core.Promise<Void> started) {
            discovery(vertx, configuration)
                .publish(new Record().setName("of a verticle"))
                .onSuccess(record -> id[0] = record.getRegistration())
                .<Void>mapEmpty()
                .onComplete(started);
          }
        };
    String deployment = await(vertx.deployVerticle(verticle));
    assertThat(names()).containsExactly("of a verticle");
    Void unused = await(vertx.undeploy(deployment));
    assertThat(await(client.get(prefix + id[0]))).isEmpty();
  }

  @Test
  void whatIsNotThereCannotBeChangedOrRemovedButAsked() {
    ServiceDiscovery discovery = discovery(vertx, shared());
    assertThat(await(discovery.getRecord("nobody"))).isNull();
    assertThatThrownBy(() -> await(discovery.unpublish("nobody")))
        .hasMessageContaining("Record 'nobody' not found");
    assertThatThrownBy(() -> await(discovery.update(new Record().setRegistration("nobody"))))
        .hasMessageContaining("Record 'nobody' not found");
    assertThatThrownBy(() -> discovery.publish(new Record().setRegistration("x")))
        .hasMessageContaining("already been registered");
    assertThatThrownBy(() -> discovery.update(new Record()))
        .hasMessageContaining("No registration id");
  }

  @Test
  void whatIsNoRecordDoesNotHideTheOthers() {
    Record record = published(discovery(vertx, shared()), "a");
    Long unused = await(client.put(prefix + "x", "not JSON"));
    assertThat(names()).containsExactly("a");
    assertThatThrownBy(() -> await(discovery(vertx, shared()).getRecord("x")))
        .hasStackTraceContaining("key '" + prefix + "x' holds no record");
    assertThat(await(discovery(vertx, shared()).getRecord(record.getRegistration())))
        .isEqualTo(record);
  }

  @Test
  void aStoreThatIsOutOfReachIsAFailureInTimeAndTheRecordIsAsItWas() {
    JsonObject configuration =
        configuration()
            .put(
                "connection",
                new JsonObject()
                    .put("requestTimeoutMillis", 300)
                    .put(
                        "endpoints",
                        new JsonArray().add(Loopback.url(Loopback.freePort()).toString())));
    ServiceDiscovery discovery = discovery(vertx, configuration);
    Record record = new Record().setName("a");
    assertThatThrownBy(() -> await(discovery.publish(record)))
        .hasMessageContaining("could not be sent");
    assertThat(record.getRegistration()).isNull();
    assertThatThrownBy(() -> await(discovery.getRecords((JsonObject) null)))
        .hasMessageContaining("could not be sent");
  }

  @Test
  void optionsThatCannotBeRightAreRefusedByName() {
    assertThatThrownBy(() -> discovery(vertx, shared().put("ttl", 5)))
        .hasMessageStartingWith("ttl: there is no such option");
    assertThatThrownBy(() -> discovery(vertx, shared().put("ttlSeconds", 0)))
        .hasMessageStartingWith("ttlSeconds: must be a whole number");
    assertThatThrownBy(
            () -> discovery(vertx, shared().put("ephemeral", false).put("ttlSeconds", 5)))
        .hasMessageStartingWith("ttlSeconds: has a meaning for ephemeral records only");
    assertThatThrownBy(
            () ->
                discovery(
                    vertx,
                    configuration().put("connection", new JsonObject().put("shared", "nobody"))))
        .hasMessageContaining("'nobody'");
  }

  @Test
  void whatTheGuideShowsAreTheDefaults() throws IOException {
    Path shown = Path.of("src/test/resources/guides/discovery-backend.json");
    JsonObject all = new JsonObject(Files.readString(shown));
    JsonObject least = all.copy();
    for (String name : List.of("prefix", "ephemeral", "ttlSeconds")) {
      assertThat(least.remove(name)).isNotNull();
    }
    assertThat(BackendSettings.read(least)).isEqualTo(BackendSettings.read(all));
  }
}
