package io.quorate.vertx.testing.links;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How the links of a proxy treat bytes, seen from its clients. An echo server is behind it. */
class ProxyTest {
  private static final int SOON_MILLIS = 10_000;
  private static final int A_WHILE_MILLIS = 200;

  private final Vertx vertx = Vertx.vertx();
  private final Link link = new Link("here>there", vertx, vertx.getOrCreateContext());
  private final Link other = new Link("elsewhere>there", vertx, vertx.getOrCreateContext());

  @SuppressWarnings("NullAway.Init")
  private Proxy proxy;

  @BeforeEach
  void listen() throws Exception {
    NetServer echo =
        vertx.createNetServer().connectHandler(socket -> socket.handler(socket::write));
    int port = await(echo.listen(0, "127.0.0.1")).actualPort();
    proxy =
        await(
            Proxy.listen(
                vertx,
                vertx.createNetClient(),
                Proxy.ANY_PORT,
                port,
                first ->
                    first.length() < 2
                        ? null
                        : first.toString(StandardCharsets.US_ASCII).startsWith("x:")
                            ? other
                            : link));
  }

  @AfterEach
  void close() throws Exception {
    Void unused = await(vertx.close());
  }

  @Test
  void an_open_link_passes_all_bytes() throws IOException {
    try (Socket socket = connect()) {
      send(socket, "one");
      assertThat(receive(socket, 3)).isEqualTo("one");
      String much = "many ".repeat(200_000);
      Thread writer = new Thread(() -> sendIgnoringErrors(socket, much));
      writer.start();
      assertThat(receive(socket, much.length())).isEqualTo(much);
    }
  }

  @Test
  void a_cut_link_closes_existing_and_new_connections() throws IOException {
    try (Socket socket = connect()) {
      send(socket, "one");
      assertThat(receive(socket, 3)).isEqualTo("one");
      link.set(Link.Condition.CUT);
      assertThat(isClosed(socket)).isTrue();
    }
    try (Socket socket = connect()) {
      send(socket, "two");
      assertThat(isClosed(socket)).isTrue();
    }
    link.set(Link.Condition.OPEN);
    try (Socket socket = connect()) {
      send(socket, "three");
      assertThat(receive(socket, 5)).isEqualTo("three");
    }
  }

  @Test
  void a_silent_link_holds_bytes_back_and_delivers_them_later() throws IOException {
    try (Socket socket = connect()) {
      send(socket, "one");
      assertThat(receive(socket, 3)).isEqualTo("one");
      link.set(Link.Condition.SILENT);
      send(socket, "two");
      socket.setSoTimeout(A_WHILE_MILLIS);
      try {
        String unused = receive(socket, 1);
        throw new AssertionError("received something");
      } catch (SocketTimeoutException silence) {
        link.set(Link.Condition.OPEN);
      }
      socket.setSoTimeout(SOON_MILLIS);
      assertThat(receive(socket, 3)).isEqualTo("two");
    }
  }

  @Test
  void a_delayed_link_delays_each_direction() throws IOException {
    link.set(Link.Condition.delayed(A_WHILE_MILLIS));
    try (Socket socket = connect()) {
      long begin = System.nanoTime();
      send(socket, "one");
      assertThat(receive(socket, 3)).isEqualTo("one");
      assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin))
          .isGreaterThanOrEqualTo(2 * A_WHILE_MILLIS);
    }
  }

  @Test
  void a_limited_link_bounds_the_bytes_per_second() throws IOException {
    link.set(Link.Condition.limited(10_000));
    try (Socket socket = connect()) {
      long begin = System.nanoTime();
      send(socket, "a thousand".repeat(100));
      assertThat(receive(socket, 1_000)).hasSize(1_000);
      assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin))
          .isGreaterThanOrEqualTo(200);
    }
  }

  @Test
  void the_first_bytes_determine_the_link_of_a_connection() throws IOException {
    link.set(Link.Condition.CUT);
    try (Socket socket = connect()) {
      send(socket, "x");
      send(socket, ":1");
      assertThat(receive(socket, 3)).isEqualTo("x:1");
    }
  }

  // ---- a client

  private Socket connect() throws IOException {
    Socket socket = new Socket("127.0.0.1", proxy.address().port());
    socket.setSoTimeout(SOON_MILLIS);
    socket.setTcpNoDelay(true);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static void sendIgnoringErrors(Socket socket, String text) {
    try {
      send(socket, text);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String receive(Socket socket, int length) throws IOException {
    return new String(socket.getInputStream().readNBytes(length), StandardCharsets.US_ASCII);
  }

  private static boolean isClosed(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException stillOpen) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  private static <T> T await(Future<T> future)
      throws InterruptedException, ExecutionException, TimeoutException {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
