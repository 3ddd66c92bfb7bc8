package io.quorate.vertx.discovery;

import static io.quorate.vertx.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.core.shareddata.AsyncMap;
import io.vertx.servicediscovery.Record;
import io.vertx.servicediscovery.ServiceDiscovery;
import io.vertx.servicediscovery.ServiceDiscoveryOptions;
import io.vertx.servicediscovery.Status;
import io.vertx.servicediscovery.impl.DefaultServiceDiscoveryBackend;
import io.vertx.servicediscovery.spi.ServiceDiscoveryBackend;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The artifact on the class path has no effect unless its backend is named. */
class ClassPathTest {
  private static final String SERVICE =
      "META-INF/services/" + ServiceDiscoveryBackend.class.getName();

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() {
    Void unused = await(vertx.close());
  }

  /** Another backend, with one record. */
  public static final class Other extends DefaultServiceDiscoveryBackend {
    @Override
    public void getRecords(Handler<AsyncResult<List<Record>>> resultHandler) {
      resultHandler.handle(
          Future.succeededFuture(List.of(new Record().setName("other").setStatus(Status.UP))));
    }
  }

  /** The artifact's own service file. */
  private static URL ours() throws IOException {
    for (URL url : Collections.list(ClassPathTest.class.getClassLoader().getResources(SERVICE))) {
      try (InputStream in = url.openStream()) {
        String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        if (text.contains(QuorateServiceDiscoveryBackend.class.getName())) {
          return url;
        }
      }
    }
    throw new AssertionError("this artifact has no " + SERVICE);
  }

  /** A discovery without configuration, with these backends on the class path. */
  private ServiceDiscovery discovery(List<URL> found) {
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    Thread.currentThread()
        .setContextClassLoader(
            new ClassLoader(before) {
              @Override
              public Enumeration<URL> getResources(String name) throws IOException {
                return name.equals(SERVICE)
                    ? Collections.enumeration(found)
                    : super.getResources(name);
              }
            });
    try {
      assertThat(ServiceLoader.load(ServiceDiscoveryBackend.class).stream().count())
          .isEqualTo(found.size());
      return ServiceDiscovery.create(vertx, new ServiceDiscoveryOptions());
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  @Test
  void whoSaysNothingGetsTheDefaultOfVertx() throws IOException {
    ServiceDiscovery discovery = discovery(List.of(ours()));
    Record record = await(discovery.publish(new Record().setName("a")));
    AsyncMap<String, String> registry =
        await(vertx.sharedData().<String, String>getLocalAsyncMap("service.registry"));
    assertThat(await(registry.keys())).containsExactly(record.getRegistration());
    assertThat(await(discovery.getRecord(record.getRegistration()))).isEqualTo(record);
    assertThat(await(discovery.getRecords((JsonObject) null))).containsExactly(record);
    await(discovery.update(record.setName("b")));
    assertThat(await(registry.get(record.getRegistration()))).contains("\"b\"");
    await(discovery.unpublish(record.getRegistration()));
    assertThat(await(registry.size())).isZero();
  }

  @Test
  void whoSaysNothingAndHasAnotherBackendGetsThat(@TempDir Path directory) throws IOException {
    URL other =
        Files.writeString(directory.resolve("services"), Other.class.getName()).toUri().toURL();
    for (List<URL> found : List.of(List.of(ours(), other), List.of(other, ours()))) {
      assertThat(await(discovery(found).getRecords((JsonObject) null)))
          .extracting(Record::getName)
          .containsExactly("other");
    }
  }
}
