package io.quorate.vertx.service;

import static io.quorate.vertx.service.Served.await;
import static io.quorate.vertx.service.Served.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.member.QuorateServer;
import io.quorate.vertx.testing.Await;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Deployed by the name of its class, with JSON. */
class QuorateVerticleTest {
  private static final String NAME = "io.quorate.vertx.service.QuorateVerticle";

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() {
    Void unused = await(vertx.close());
  }

  private Future<String> deploy(JsonObject configuration) {
    return vertx.deployVerticle(NAME, new DeploymentOptions().setConfig(configuration));
  }

  private static JsonObject member(Path dataDir, int clientPort, int peerPort) {
    String client = Served.url(clientPort).toString();
    return new JsonObject()
        .put("name", "one")
        .put("data-dir", dataDir.toString())
        .put("listen-client-urls", new JsonArray().add(client))
        .put("advertise-client-urls", client)
        .put("listen-peer-urls", Served.url(peerPort).toString())
        .put("heartbeat-interval", 20)
        .put("election-timeout", 200);
  }

  @Test
  void aMemberAndItsServicesAreThereUntilItIsUndeployed(@TempDir Path dataDir) {
    int clientPort = Served.freePort();
    JsonObject member = member(dataDir, clientPort, Served.freePort());
    String id = await(deploy(new JsonObject().put("server", member)));
    QuorateServices services = QuorateServices.of(vertx);
    assertThat(await(services.kv().put("k", "v")).getRevision()).isPositive();

    JsonObject remote =
        new JsonObject()
            .put("connection", connection(Served.url(clientPort).toString()))
            .put("services", new JsonObject().put("addressPrefix", "remote"));
    String remoteId = await(deploy(remote));
    QuorateServices remotely =
        QuorateServices.of(vertx, new QuorateServicesOptions().setAddressPrefix("remote"));
    assertThat(await(remotely.kv().get("k")).getValue()).isEqualTo("v");
    Void unused = await(vertx.undeploy(remoteId));
    Failed.with(ServiceFailure.UNREACHABLE, "no service is registered", remotely.kv().get("k"));

    unused = await(vertx.undeploy(id));
    Failed.with(ServiceFailure.UNREACHABLE, "no service is registered", services.kv().get("k"));
    // the data directory and the ports are free again
    id = await(deploy(new JsonObject().put("server", member)));
    assertThat(await(services.kv().get("k")).getValue()).isEqualTo("v");
    unused = await(vertx.undeploy(id));
  }

  @Test
  void aMemberThatStopsByItselfServesNobody(@TempDir Path dataDir) {
    int peerPort = Served.freePort();
    JsonObject member =
        member(dataDir.resolve("one"), Served.freePort(), peerPort)
            .put("initial-advertise-peer-urls", Served.url(peerPort).toString())
            .put("initial-cluster", "one=" + Served.url(peerPort))
            // the test adds and removes members within five seconds
            .put("strict-reconfig-check", false);
    String id = await(deploy(new JsonObject().put("server", member)));
    QuorateServices services = QuorateServices.of(vertx);
    String memberId = await(services.cluster().status()).getMemberId();
    URI url = Served.url(Served.freePort());
    ClusterMember added =
        await(
            services
                .cluster()
                .memberAdd(
                    new MemberAddRequest().setPeerUrls(List.of(url.toString())).setLearner(true)));
    QuorateServer other = TwoJvms.join("two", dataDir, Served.url(peerPort), url);
    try {
      TwoJvms.promote(other, added.getMemberId(), services.cluster());
      assertThat(await(services.cluster().memberRemove(memberId)))
          .extracting(ClusterMember::getMemberId)
          .containsExactly(added.getMemberId());
      Await.untilTrue(
          "no service is registered",
          () -> {
            Throwable failure =
                await(
                    services
                        .kv()
                        .put("k", "v")
                        .transform((put, refused) -> Future.succeededFuture(refused)));
            return ServiceFailure.of(failure) == ServiceFailure.UNREACHABLE;
          });
      Void unused = await(vertx.undeploy(id));
    } finally {
      Void unused = await(other.close());
    }
  }

  private static JsonObject connection(String endpoint) {
    return new JsonObject().put("endpoints", new JsonArray().add(endpoint));
  }

  @Test
  void onlyTheServicesThatAreWantedAreThere() {
    JsonObject configuration =
        new JsonObject()
            .put("connection", connection(Served.url(Served.freePort()).toString()))
            .put("services", new JsonObject().put("services", new JsonArray().add("LEASE")));
    String unused = await(deploy(configuration));
    QuorateServices services = QuorateServices.of(vertx);
    Failed.with(
        ServiceFailure.UNREACHABLE, "no service is registered", services.kv().put("k", "v"));
    Failed.with(ServiceFailure.UNREACHABLE, "could not be sent", services.leases().grant(60));
  }

  @Test
  void aWrongConfigurationIsRefusedByName(@TempDir Path dataDir) {
    JsonObject good = new JsonObject().put("connection", connection("http://h:1"));
    refused("must have either 'server'", new JsonObject());
    refused("must have either 'server'", good.copy().put("server", new JsonObject()));
    refused("unknown key 'endpoints'", good.copy().put("endpoints", "http://h:1"));
    refused("'connection' must be a JSON object", new JsonObject().put("connection", "http://h:1"));
    refused(
        "connection.endpoints: must be a list of texts",
        new JsonObject().put("connection", new JsonObject().put("endpoints", "http://h:1")));
    refused("is not of the form", new JsonObject().put("connection", connection("nowhere")));
    refused(
        "connection.trustedCaFile: is for endpoints of https",
        new JsonObject().put("connection", connection("http://h:1").put("trustedCaFile", "ca")));
    refused("services.adress: ", good.copy().put("services", new JsonObject().put("adress", "")));
    refused(
        "services.maxWatches: ",
        good.copy().put("services", new JsonObject().put("maxWatches", 0)));
    refused(
        "services.services: ",
        good.copy().put("services", new JsonObject().put("services", new JsonArray().add("KVS"))));
    refused("'services' must be a JSON object", good.copy().put("services", 1));
    JsonObject member = member(dataDir, 1, 2);
    refused(
        "server: has the unknown key 'data-dri'; did you mean 'data-dir'?",
        new JsonObject().put("server", member.copy().put("data-dri", "x")));
    refused(
        "--election-timeout=20",
        new JsonObject().put("server", member.copy().put("election-timeout", 20)));
  }

  private void refused(String message, JsonObject configuration) {
    assertThat(failure(deploy(configuration))).hasMessageContaining(message);
  }
}
