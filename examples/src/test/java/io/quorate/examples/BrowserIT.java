package io.quorate.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page of the browser's example, in a browser, and what its bridge lets through. */
@Timeout(180)
class BrowserIT {
  private static final int STOP_SECONDS = 60;
  private static final int MORE_THAN_ITS_CREDIT = 20;

  private static Process server;
  private static String url;
  private static Browser browser;

  @BeforeAll
  static void serve(@TempDir Path directory) throws Exception {
    int port = Members.freePorts(1).get(0);
    url = "http://127.0.0.1:" + port;
    server =
        ExamplesIT.browserBridge(port)
            .redirectError(directory.resolve("server.txt").toFile())
            .start();
    BufferedReader said = server.inputReader();
    assertThat(said.lines().anyMatch(("open " + url)::equals)).as("it said what to open").isTrue();
    browser = new Browser(directory);
  }

  @AfterAll
  static void stop() throws Exception {
    try {
      if (browser != null) {
        browser.close();
      }
    } finally {
      if (server != null) {
        server.destroy();
        boolean ended = server.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
        server.destroyForcibly();
        assertThat(ended).as("it ends when it is told to").isTrue();
      }
    }
  }

  private static String open() throws Exception {
    String page = browser.open(url);
    browser.awaitText("state", "watching");
    return page;
  }

  private static void put(String key, String value) throws Exception {
    browser.type("key", key);
    browser.type("value", value);
    browser.click("put");
  }

  @Test
  void whatIsWrittenIsSeenAndRead() throws Exception {
    String unused = open();
    put("colour", "green");
    browser.awaitText("events", "colour = green");
    browser.type("value", "");
    browser.click("get");
    browser.awaitText("answer", "it is green");
    browser.click("delete");
    browser.awaitText("answer", "deleted");
    browser.awaitText("events", "colour is gone");
    browser.click("get");
    browser.awaitText("answer", "it is not there");
  }

  @Test
  void aChangeInOnePageIsSeenInTheOther() throws Exception {
    String first = open();
    String second = open();
    put("shared", "from the second");
    browser.awaitText("events", "shared = from the second");
    browser.show(first);
    browser.awaitText("events", "shared = from the second");
    put("shared", "from the first");
    browser.show(second);
    browser.awaitText("events", "shared = from the first");
  }

  @Test
  void aPageThatAnswersEachDeliveryHearsMoreThanItsCredit() throws Exception {
    String unused = open();
    for (int i = 1; i <= MORE_THAN_ITS_CREDIT; i++) {
      put("many", Integer.toString(i));
      browser.awaitText("events", "many = " + i);
    }
    assertThat(browser.number("sequence"))
        .as("deliveries of one watch")
        .isGreaterThanOrEqualTo(MORE_THAN_ITS_CREDIT);
  }

  @Test
  void aServiceThatIsNotPermittedIsRefused() throws Exception {
    String unused = open();
    browser.click("members");
    browser.awaitText("refused", "The bridge refuses: access_denied");
  }

  @Test
  void aPageOfAnotherSiteIsRefused() {
    assertThatThrownBy(() -> connect("http://somewhere.else", new Heard()))
        .cause()
        .isInstanceOfSatisfying(
            WebSocketHandshakeException.class,
            refused -> assertThat(refused.getResponse().statusCode()).isEqualTo(403));
  }

  @Test
  void aWatchTellsNoAddressButAPages() throws Exception {
    assertThat(answerTo(watchThatTells("orders"))).isEqualTo("rejected");
    assertThat(answerTo(watchThatTells("page.one").put("type", "publish"))).isEqualTo("rejected");
    assertThat(answerTo(watchThatTells("page.one")))
        .isInstanceOfSatisfying(
            JsonObject.class, started -> assertThat(started.getString("watchId")).isNotNull());
  }

  private static JsonObject watchThatTells(String address) {
    return new JsonObject()
        .put("type", "send")
        .put("address", "quorate.watch")
        .put("headers", new JsonObject().put("action", "watch"))
        .put(
            "body",
            new JsonObject()
                .put("request", new JsonObject().put("key", "k").put("address", address)))
        .put("replyAddress", "answer");
  }

  private static Object answerTo(JsonObject message) throws Exception {
    Heard heard = new Heard();
    WebSocket socket = connect(url, heard);
    try {
      WebSocket unused =
          socket.sendText(message.encode(), true).get(STOP_SECONDS, TimeUnit.SECONDS);
      return heard.first.get(STOP_SECONDS, TimeUnit.SECONDS).getValue("body");
    } finally {
      socket.abort();
    }
  }

  private static WebSocket connect(String origin, Heard heard) throws Exception {
    return HttpClient.newHttpClient()
        .newWebSocketBuilder()
        .header("Origin", origin)
        .buildAsync(URI.create(url.replace("http", "ws") + "/eventbus/websocket"), heard)
        .get(STOP_SECONDS, TimeUnit.SECONDS);
  }

  /** The bridge writes each message as one frame. */
  private static final class Heard implements WebSocket.Listener {
    final CompletableFuture<JsonObject> first = new CompletableFuture<>();

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      boolean unused =
          first.complete(new JsonObject(StandardCharsets.UTF_8.decode(data).toString()));
      socket.request(1);
      return CompletableFuture.completedFuture(null);
    }
  }
}
