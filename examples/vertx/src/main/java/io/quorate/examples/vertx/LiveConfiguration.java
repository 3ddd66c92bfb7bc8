package io.quorate.examples.vertx;

import io.quorate.cluster.QuorateClusterManager;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.SharedClients;
import io.vertx.config.ConfigRetriever;
import io.vertx.config.ConfigRetrieverOptions;
import io.vertx.config.ConfigStoreOptions;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.CountDownLatch;

/**
 * A configuration that changes while the application runs: each key below a prefix is a value in
 * it. What changes them here is this program; {@code etcdctl put} against a server would do as
 * well.
 */
public final class LiveConfiguration {
  private static final CountDownLatch CHANGED = new CountDownLatch(1);

  private LiveConfiguration() {}

  public static void main(String[] args) throws InterruptedException {
    Vertx vertx = Vertx.clusteredVertx(new VertxOptions()).await();

    // tag::share[]
    QuorateClient client = QuorateClusterManager.clientOf(vertx);
    SharedClients.share("main", client);
    // end::share[]

    client.put("shop/config/http/port", "8080").await();
    client.put("shop/config/greeting", "hello").await();

    // tag::retriever[]
    ConfigStoreOptions store =
        new ConfigStoreOptions()
            .setType("quorate")
            .setConfig(
                new JsonObject()
                    .put("connection", new JsonObject().put("shared", "main"))
                    .put("prefix", "shop/config/"));
    ConfigRetriever retriever =
        ConfigRetriever.create(
            vertx, new ConfigRetrieverOptions().setScanPeriod(200).addStore(store));
    // end::retriever[]

    System.out.println("configured: " + sorted(retriever.getConfig().await()));

    // tag::listen[]
    retriever.listen(change -> apply(change.getNewConfiguration()));
    // end::listen[]

    client.put("shop/config/greeting", "good evening").await();
    CHANGED.await();

    retriever.close().await();
    vertx.close().await();
  }

  private static void apply(JsonObject configuration) {
    System.out.println("changed: " + sorted(configuration));
    CHANGED.countDown();
  }

  /** Always in the same order, for people. */
  private static JsonObject sorted(JsonObject configuration) {
    JsonObject sorted = new JsonObject();
    configuration.fieldNames().stream()
        .sorted()
        .forEach(name -> sorted.put(name, configuration.getValue(name)));
    return sorted;
  }
}
