package io.quorate.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Chromium without a screen, used as a person does: the few commands of W3C's WebDriver that this
 * takes. Whatever is looked for is waited for.
 */
final class Browser implements AutoCloseable {
  private static final String INSTALL = "; it needs: apt-get install chromium chromium-driver";
  private static final int PATIENCE_MILLIS = 60_000;
  private static final int STOP_SECONDS = 20;
  private static final Pattern PORT = Pattern.compile("successfully on port (\\d+)");
  private static final String ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

  private final HttpClient http = HttpClient.newHttpClient();
  private final Process driver;
  private final String session;

  /**
   * @param directory where the browser keeps what it has to
   */
  Browser(Path directory) throws IOException, InterruptedException {
    driver = driver(directory);
    try {
      String url = "http://127.0.0.1:" + port() + "/session";
      session = url + "/" + begin(url, directory);
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      stop();
      throw e;
    }
  }

  private static Process driver(Path directory) {
    try {
      return new ProcessBuilder("chromedriver", "--port=0")
          .redirectError(directory.resolve("chromedriver.txt").toFile())
          .start();
    } catch (IOException e) {
      throw new AssertionError("there is no chromedriver" + INSTALL, e);
    }
  }

  private String port() throws IOException {
    BufferedReader said = driver.inputReader();
    String line;
    while ((line = said.readLine()) != null) {
      Matcher port = PORT.matcher(line);
      if (port.find()) {
        return port.group(1);
      }
    }
    throw new AssertionError("chromedriver has ended" + INSTALL);
  }

  private String begin(String url, Path directory) throws IOException, InterruptedException {
    try {
      return post(url, capabilities(directory)).getString("sessionId");
    } catch (AssertionError e) {
      throw new AssertionError("no browser starts" + INSTALL, e);
    }
  }

  private static JsonObject capabilities(Path directory) {
    JsonArray arguments =
        new JsonArray()
            .add("--headless")
            .add("--no-sandbox")
            .add("--disable-gpu")
            .add("--disable-dev-shm-usage")
            .add("--disable-quic")
            .add("--no-first-run")
            .add("--disable-background-networking")
            .add("--disable-component-update")
            .add("--disable-sync")
            .add("--user-data-dir=" + directory.resolve("chromium"));
    JsonObject wanted =
        new JsonObject()
            .put("goog:chromeOptions", new JsonObject().put("args", arguments))
            .put("timeouts", new JsonObject().put("implicit", PATIENCE_MILLIS));
    return new JsonObject().put("capabilities", new JsonObject().put("alwaysMatch", wanted));
  }

  /** In a tab of its own, which is then in front; gives its handle. */
  String open(String url) throws IOException, InterruptedException {
    JsonObject tab = post(session + "/window/new", new JsonObject().put("type", "tab"));
    show(tab.getString("handle"));
    JsonObject unused = post(session + "/url", new JsonObject().put("url", url));
    return tab.getString("handle");
  }

  void show(String handle) throws IOException, InterruptedException {
    JsonObject unused = post(session + "/window", new JsonObject().put("handle", handle));
  }

  /** Instead of what is there. */
  void type(String id, String text) throws IOException, InterruptedException {
    String field = find("//*[@id='" + id + "']");
    JsonObject unused = post(field + "/clear", new JsonObject());
    unused = post(field + "/value", new JsonObject().put("text", text));
  }

  void click(String id) throws IOException, InterruptedException {
    JsonObject unused = post(find("//*[@id='" + id + "']") + "/click", new JsonObject());
  }

  /** Waits until something in the element says exactly this. */
  void awaitText(String id, String text) throws IOException, InterruptedException {
    String unused =
        find("//*[@id='" + id + "']/descendant-or-self::*[normalize-space()='" + text + "']");
  }

  /** What the page's own script says. */
  int number(String expression) throws IOException, InterruptedException {
    JsonObject script =
        new JsonObject()
            .put("script", "return {number: " + expression + "}")
            .put("args", new JsonArray());
    return post(session + "/execute/sync", script).getInteger("number");
  }

  private String find(String xpath) throws IOException, InterruptedException {
    JsonObject found =
        post(session + "/element", new JsonObject().put("using", "xpath").put("value", xpath));
    return session + "/element/" + found.getString(ELEMENT);
  }

  private JsonObject post(String url, JsonObject body) throws IOException, InterruptedException {
    HttpResponse<String> response =
        http.send(
            HttpRequest.newBuilder(URI.create(url))
                .POST(BodyPublishers.ofString(body.encode()))
                .build(),
            BodyHandlers.ofString());
    Object value = new JsonObject(response.body()).getValue("value");
    assertThat(response.statusCode())
        .withFailMessage(() -> value + " to " + body.encode())
        .isEqualTo(200);
    return value instanceof JsonObject answer ? answer : new JsonObject();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    try {
      HttpResponse<Void> unused =
          http.send(
              HttpRequest.newBuilder(URI.create(session)).DELETE().build(),
              BodyHandlers.discarding());
    } finally {
      stop();
    }
  }

  private void stop() throws InterruptedException {
    var children = driver.descendants().toList();
    driver.destroy();
    if (!driver.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
      driver.destroyForcibly();
    }
    children.forEach(ProcessHandle::destroyForcibly);
  }
}
