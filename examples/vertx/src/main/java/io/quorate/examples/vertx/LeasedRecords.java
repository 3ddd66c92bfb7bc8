package io.quorate.examples.vertx;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.quorate.cluster.QuorateClusterManager;
import io.quorate.vertx.client.SharedClients;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.servicediscovery.Record;
import io.vertx.servicediscovery.ServiceDiscovery;
import io.vertx.servicediscovery.ServiceDiscoveryOptions;
import io.vertx.servicediscovery.types.HttpEndpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Service discovery whose records hang on a lease of their publisher: of one that dies they
 * disappear, and nobody has to notice its death or to clean up.
 *
 * <p>Without arguments this starts a publisher in a process of its own, finds its service, kills
 * the process without a warning, and waits until the record is gone. With an argument it is the
 * publisher.
 */
public final class LeasedRecords {
  private static final long AGAIN_MILLIS = 100;

  private LeasedRecords() {}

  private static ServiceDiscovery discovery(Vertx vertx) {
    SharedClients.share("main", QuorateClusterManager.clientOf(vertx));
    // tag::discovery[]
    ServiceDiscovery discovery =
        ServiceDiscovery.create(
            vertx,
            new ServiceDiscoveryOptions()
                .setBackendConfiguration(
                    new JsonObject()
                        .put("backend-name", "quorate")
                        .put("connection", new JsonObject().put("shared", "main"))
                        .put("ttlSeconds", 3)));
    // end::discovery[]
    return discovery;
  }

  private static void publish(Vertx vertx) {
    ServiceDiscovery discovery = discovery(vertx);
    // tag::publish[]
    Record prices = HttpEndpoint.createRecord("prices", "10.0.0.7", 8080, "/");
    discovery.publish(prices).await();
    // end::publish[]
    System.out.println("published");
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    Vertx vertx = Vertx.clusteredVertx(new VertxOptions()).await();
    if (args.length > 0) {
      publish(vertx);
    } else {
      demonstrate(vertx, discovery(vertx));
      vertx.close().await();
    }
  }

  private static void demonstrate(Vertx vertx, ServiceDiscovery discovery)
      throws IOException, InterruptedException {
    Process publisher = start();
    try {
      try (BufferedReader said = publisher.inputReader(UTF_8)) {
        System.out.println("the publisher says: " + said.readLine());
      }
      System.out.println("found: " + find(discovery).await().getLocation().getString("endpoint"));
    } finally {
      publisher.destroyForcibly().waitFor();
    }
    System.out.println("killed the publisher");
    gone(vertx, discovery).await();
    System.out.println("the record is gone");
  }

  private static Future<@Nullable Record> find(ServiceDiscovery discovery) {
    return discovery.getRecord(new JsonObject().put("name", "prices"));
  }

  private static Future<Void> gone(Vertx vertx, ServiceDiscovery discovery) {
    return find(discovery)
        .compose(
            found ->
                found == null
                    ? Future.<Void>succeededFuture()
                    : vertx
                        .timer(AGAIN_MILLIS, MILLISECONDS)
                        .compose(fired -> gone(vertx, discovery)));
  }

  private static Process start() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            LeasedRecords.class.getName(),
            "publish")
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
