package io.quorate.vertx.discovery;

import static io.quorate.vertx.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.remote.ClientConnection;
import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.EtcdProcess;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.servicediscovery.Record;
import io.vertx.servicediscovery.ServiceDiscovery;
import io.vertx.servicediscovery.ServiceDiscoveryOptions;
import io.vertx.servicediscovery.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EtcdRecordsIT {

  @Test
  void recordsInAnEtcdArePutAgainWhenTheirLeaseIsLostAndCanBeRemoved(@TempDir Path directory)
      throws IOException {
    Vertx vertx = Vertx.vertx();
    try (EtcdProcess etcd = new EtcdProcess(directory, "http", List.of())) {
      JsonObject connection =
          new JsonObject()
              .put("endpoints", new JsonArray().add(etcd.clientUrl().toString()))
              .put("requestTimeoutMillis", 20_000);
      ServiceDiscovery discovery =
          ServiceDiscovery.create(
              vertx,
              new ServiceDiscoveryOptions()
                  .setBackendConfiguration(
                      new JsonObject()
                          .put("backend-name", "quorate")
                          .put("connection", connection)));
      Record record = await(discovery.publish(new Record().setName("a")));
      await(discovery.update(record.setStatus(Status.OUT_OF_SERVICE)));
      QuorateClient client = ClientConnection.of(vertx, connection).client();
      String key = "vertx/services/" + record.getRegistration();
      long lease = await(client.get(key)).orElseThrow().lease();
      await(client.store().leaseRevoke(lease));
      Await.untilTrue(
          "put again",
          () -> await(client.get(key)).stream().anyMatch(found -> found.lease() != lease));
      assertThat(await(discovery.getRecord(record.getRegistration()))).isEqualTo(record);
      Void unused = await(discovery.unpublish(record.getRegistration()));
      assertThat(await(discovery.getRecord(record.getRegistration()))).isNull();
    } finally {
      Void unused = await(vertx.close());
    }
  }
}
