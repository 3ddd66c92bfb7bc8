package io.quorate.vertx.discovery;

import static io.quorate.vertx.testing.Await.await;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.servicediscovery.Record;
import io.vertx.servicediscovery.ServiceDiscovery;
import io.vertx.servicediscovery.ServiceDiscoveryOptions;

/** A program that publishes a service, reports that, and then does nothing. */
final class Publisher {
  private Publisher() {}

  public static void main(String[] args) {
    ServiceDiscovery discovery =
        ServiceDiscovery.create(
            Vertx.vertx(),
            new ServiceDiscoveryOptions().setBackendConfiguration(new JsonObject(args[0])));
    Record record = await(discovery.publish(new Record().setName("doomed")));
    System.out.println("published " + record.getRegistration());
  }
}
