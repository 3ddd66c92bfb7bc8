package io.quorate.vertx.config;

import static io.quorate.vertx.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.quorate.command.Command;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.QuorateStore;
import io.quorate.vertx.client.SharedClients;
import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.Loopback;
import io.quorate.vertx.testing.links.Link;
import io.quorate.vertx.testing.links.Mesh;
import io.quorate.vertx.testing.links.Proxy;
import io.quorate.vertx.testing.member.OneMember;
import io.vertx.config.ConfigRetriever;
import io.vertx.config.ConfigRetrieverOptions;
import io.vertx.config.ConfigStoreOptions;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class QuorateConfigStoreTest {
  private static OneMember member;
  private static Vertx vertx;
  private static QuorateClient client;
  private static final AtomicInteger READS = new AtomicInteger();

  private final BlockingQueue<JsonObject> applied = new LinkedBlockingQueue<>();
  private String prefix = "";
  private @Nullable ConfigRetriever retriever;

  @BeforeAll
  static void start(@TempDir Path directory) {
    member = new OneMember(directory);
    vertx = Vertx.vertx();
    client = QuorateClient.over(vertx, counted(member.server().client(vertx)));
    SharedClients.share("main", client);
  }

  /** Counts the requests to the store. */
  private static QuorateStore counted(QuorateStore store) {
    return (QuorateStore)
        java.lang.reflect.Proxy.newProxyInstance(
            QuorateConfigStoreTest.class.getClassLoader(),
            new Class<?>[] {QuorateStore.class},
            (proxy, method, args) -> {
              READS.incrementAndGet();
              return method.invoke(store, args);
            });
  }

  @AfterAll
  static void stop() {
    Void unused = await(client.close());
    unused = await(vertx.close());
    member.close();
  }

  @BeforeEach
  void ownKeys(TestInfo test) {
    prefix = test.getTestMethod().orElseThrow().getName() + "/";
  }

  @AfterEach
  void closeRetriever() {
    if (retriever != null) {
      Void unused = await(retriever.close());
    }
  }

  private static JsonObject shared() {
    return new JsonObject().put("connection", new JsonObject().put("shared", "main"));
  }

  private static JsonObject over(URI url) {
    return new JsonObject()
        .put("connection", new JsonObject().put("endpoints", new JsonArray().add(url.toString())));
  }

  private ConfigRetriever retriever(JsonObject options, String format, long scanMillis) {
    retriever =
        ConfigRetriever.create(
            vertx,
            new ConfigRetrieverOptions()
                .setScanPeriod(scanMillis)
                .addStore(
                    new ConfigStoreOptions()
                        .setType("quorate")
                        .setFormat(format)
                        .setConfig(options)));
    return retriever;
  }

  private static void put(String key, String value) {
    Long unused = await(client.put(key, value));
  }

  private static void becomes(ConfigRetriever retriever, String json) {
    JsonObject expected = new JsonObject(json.replace('\'', '"'));
    Await.untilTrue(json, () -> await(retriever.getConfig()).equals(expected));
  }

  @Test
  void aChangeOfAKeyIsToldWithTheNextScanAndScansCostTheStoreNothing() throws Exception {
    String key = prefix + "config";
    put(key, "{\"a\":1}");
    ConfigRetriever retriever = retriever(shared().put("key", key), "json", 50);
    BlockingQueue<JsonObject> changes = new LinkedBlockingQueue<>();
    becomes(retriever, "{'a':1}");
    retriever.listen(change -> changes.add(change.getNewConfiguration()));
    AtomicInteger scans = new AtomicInteger();
    retriever.setBeforeScanHandler(v -> scans.incrementAndGet());
    int reads = READS.get();
    Await.untilTrue("scans", () -> scans.get() >= 5);
    assertThat(READS.get()).isEqualTo(reads);
    put(key, "{\"a\":2}");
    assertThat(changes.poll(10, TimeUnit.SECONDS)).isEqualTo(new JsonObject().put("a", 2));
    assertThat(await(client.delete(key))).isTrue();
    assertThat(changes.poll(10, TimeUnit.SECONDS)).isEqualTo(new JsonObject());
  }

  @Test
  void keysBelowAPrefixFollowOverTheNetwork() {
    put(prefix + "http/port", "80");
    put(prefix + "name", "\"x\"");
    ConfigRetriever retriever =
        retriever(
            over(member.clientUrl()).put("prefix", prefix).put("values", "json"), "json", 5_000);
    becomes(retriever, "{'http':{'port':80},'name':'x'}");
    put(prefix + "http/port", "81");
    assertThat(await(client.delete(prefix + "name"))).isTrue();
    becomes(retriever, "{'http':{'port':81}}");
  }

  @Test
  void anotherFormatGetsTheValueAsItIs() {
    String key = prefix + "properties";
    ConfigRetriever retriever =
        retriever(shared().put("key", key).put("values", "raw"), "properties", 5_000);
    becomes(retriever, "{}");
    put(key, "a=1\nb=two\n");
    becomes(retriever, "{'a':1,'b':'two'}");
  }

  @Test
  void whatIsNoConfigurationDoesNotTakeThePlaceOfOne() {
    String key = prefix + "config";
    put(key, "{");
    ConfigRetriever retriever = retriever(shared().put("key", key), "json", 5_000);
    assertThatThrownBy(() -> await(retriever.getConfig()))
        .isInstanceOf(ContentException.class)
        .hasMessageContaining("key '" + key + "'");
    put(key, "{\"a\":1}");
    becomes(retriever, "{'a':1}");
    BlockingQueue<Buffer> told = new LinkedBlockingQueue<>();
    QuorateConfigStore store =
        QuorateConfigStore.open(
                client, new JsonObject().put("prefix", prefix).put("values", "json"))
            .changes(told::add);
    String good = "{\"config\":{\"a\":1}}";
    assertThat(await(store.get()).toString()).isEqualTo(good);
    ListAppender<ILoggingEvent> log = log();
    put(prefix + "config/b", "2");
    put(key, "{");
    Await.untilTrue(
        "a word on the second",
        () ->
            List.copyOf(log.list).stream()
                .anyMatch(line -> line.getFormattedMessage().contains("not JSON: Unexpected")));
    assertThat(await(store.get()).toString()).isEqualTo(good);
    put(prefix + "other", "3");
    assertThat(await(client.delete(prefix + "config/b"))).isTrue();
    put(key, "{\"a\":4}");
    Await.untilTrue(
        "a good one",
        () -> await(store.get()).toString().equals("{\"config\":{\"a\":4},\"other\":3}"));
    told.removeIf(content -> content.toString().equals(good));
    assertThat(told)
        .extracting(Buffer::toString)
        .containsExactly("{\"config\":{\"a\":4},\"other\":3}");
    becomes(retriever, "{'a':4}");
    Void unused = await(store.close());
  }

  private static ListAppender<ILoggingEvent> log() {
    ListAppender<ILoggingEvent> appender = new ListAppender<>();
    appender.list = new CopyOnWriteArrayList<>();
    appender.start();
    ((Logger) LoggerFactory.getLogger(QuorateConfigStore.class)).addAppender(appender);
    return appender;
  }

  @Test
  void aRequiredKeyThatIsNotThereIsAFailureThatNamesIt() {
    ConfigRetriever retriever =
        retriever(shared().put("key", prefix + "a").put("required", true), "json", 5_000);
    assertThatThrownBy(() -> await(retriever.getConfig()))
        .hasMessage("key '" + prefix + "a' is not there");
    put(prefix + "a", "{}");
    becomes(retriever, "{}");
    assertThat(await(client.delete(prefix + "a"))).isTrue();
    Await.until(
        "a failure",
        () -> await(retriever.getConfig().map(false).otherwise(true)) ? Boolean.TRUE : null);
  }

  @Test
  void beforeTheFirstLoadItFailsInTimeAndSaysWhy() {
    URI nobody = Loopback.url(Loopback.freePort());
    JsonObject options = over(nobody).put("key", "k").put("loadTimeoutMillis", 1_500);
    options.getJsonObject("connection").put("requestTimeoutMillis", 200);
    ConfigRetriever retriever = retriever(options, "json", 5_000);
    long begin = System.nanoTime();
    assertThatThrownBy(() -> await(retriever.getConfig()))
        .hasCauseInstanceOf(TimeoutException.class)
        .hasStackTraceContaining(nobody.toString());
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin)).isBetween(1_400L, 8_000L);
  }

  @Test
  void whileTheStoreIsOutOfReachTheLastIsShownAndAfterACompactionTheNewestIsReadAgain()
      throws Exception {
    put(prefix + "a", "1");
    try (Mesh mesh = new Mesh()) {
      Link link = mesh.newLink("application", "member");
      Proxy proxy = mesh.standBefore(link, Proxy.ANY_PORT, member.clientUrl().getPort());
      ConfigRetriever retriever =
          retriever(
              over(Loopback.url(proxy.address().port())).put("prefix", prefix), "json", 5_000);
      becomes(retriever, "{'a':'1'}");
      link.set(Link.Condition.CUT);
      put(prefix + "a", "2");
      long revision = await(client.put(prefix + "b", "3"));
      assertThat(await(client.store().compact(new Command.Compact(revision, false))).revision())
          .isPositive();
      assertThat(await(retriever.getConfig())).isEqualTo(new JsonObject().put("a", "1"));
      link.set(Link.Condition.OPEN);
      becomes(retriever, "{'a':'2','b':'3'}");
    }
  }

  @Test
  void afterItWasClosedNothingIsShownAndTheSharedClientIsStillOpen() {
    put(prefix + "a", "1");
    QuorateConfigStore store =
        QuorateConfigStore.open(client, new JsonObject().put("prefix", prefix));
    assertThat(await(store.get()).toString()).isEqualTo("{\"a\":\"1\"}");
    Void unused = await(store.close());
    assertThatThrownBy(() -> await(store.get())).hasMessageContaining("closed");
    put(prefix + "a", "2");
    assertThat(List.of(await(client.getPrefix(prefix)))).isNotEmpty();
  }

  @Test
  void whoDoesNotAskForItsTypeHasNothingOfIt() {
    int reads = READS.get();
    ConfigRetriever other =
        ConfigRetriever.create(
            vertx,
            new ConfigRetrieverOptions()
                .addStore(
                    new ConfigStoreOptions()
                        .setType("json")
                        .setConfig(new JsonObject().put("a", 1))));
    assertThat(await(other.getConfig())).isEqualTo(new JsonObject().put("a", 1));
    assertThat(READS.get()).isEqualTo(reads);
    Void unused = await(other.close());
  }

  private void apply(JsonObject configuration) {
    applied.add(configuration);
  }

  @Test
  void changesAreToldWithoutARetriever() {
    put("shop/config", "{\"open\":false}");
    // tag::changes[]
    QuorateConfigStore configuration =
        QuorateConfigStore.open(client, new JsonObject().put("key", "shop/config"))
            .changes(content -> apply(content.toJsonObject()));
    // end::changes[]
    assertThat(await(configuration.get()).toJsonObject().getBoolean("open")).isFalse();
    put("shop/config", "{\"open\":true}");
    Await.untilTrue("told", () -> applied.stream().anyMatch(content -> content.getBoolean("open")));
    Void unused = await(configuration.close());
  }
}
