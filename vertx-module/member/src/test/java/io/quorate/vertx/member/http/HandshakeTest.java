package io.quorate.vertx.member.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.member.grpc.TestRpc;
import io.quorate.vertx.testing.RawHttp2;
import io.vertx.core.Promise;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that send no complete request, with a time bound of a fraction of a second. */
@SuppressWarnings("NullAway.Init")
class HandshakeTest {
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  private static final int TIMEOUT_MILLIS = 150;
  private static final int PATIENCE_MILLIS = 20_000;

  private TestRpc rpc;

  @BeforeEach
  void start() {
    rpc = new TestRpc(EndpointOptions.defaults().withHandshakeTimeout(TIMEOUT_MILLIS));
  }

  @AfterEach
  void stop() {
    rpc.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "PRI * HT",
        PREFACE,
        PREFACE + "\0\0\0",
        "G",
        "GET /version HTT",
        "GET /version HTTP/1.1\r\nhost: localhost\r\n"
      })
  void anIncompleteHandshakeOrHeaderIsDisconnectedInTime(String sent) throws IOException {
    try (Socket socket = connect()) {
      send(socket, sent);
      assertThat(restOf(socket)).doesNotContain("HTTP/1.1 200");
    }
  }

  @Test
  void singleBytesDoNotExtendTheTimeForAHeader() throws IOException {
    try (Socket socket = connect()) {
      send(socket, "GET /version HTTP/1.1\r\nx: ");
      socket.setSoTimeout(TIMEOUT_MILLIS / 10);
      int sent = 0;
      while (!isCutAfter(socket, "x")) {
        sent++;
        assertThat(sent).as("bytes sent").isLessThan(1_000);
      }
    }
  }

  @Test
  void theHeaderOfASecondRequestIsBoundedLikeTheFirst() throws IOException {
    try (Socket socket = connect()) {
      send(socket, "GET /version HTTP/1.1\r\nhost: a\r\n\r\nGET /version HTTP/1.1\r\nhost:");
      assertThat(restOf(socket)).containsOnlyOnce("HTTP/1.1 200");
    }
  }

  @Test
  void aSlowAnswerDoesNotCloseTheConnection() throws IOException {
    Promise<Void> held = Promise.promise();
    rpc.store.heldRanges = held;
    try (Socket slow = connect();
        Socket silent = connect()) {
      send(slow, "GET /livez HTTP/1.1\r\nhost: a\r\n\r\n");
      rpc.until("it is being answered", () -> rpc.store.ranges.get() == 1);
      // At least twice the bound from now on.
      restOf(silent);
      try (Socket another = connect()) {
        restOf(another);
      }
      held.complete();
      assertThat(restOf(slow)).contains("HTTP/1.1 200");
    }
  }

  @Test
  void anHttp2ConnectionWithoutCallsStaysOpen() throws IOException {
    try (RawHttp2 client = new RawHttp2(rpc.port());
        Socket silent = connect()) {
      restOf(silent);
      try (Socket another = connect()) {
        restOf(another);
      }
      client.ping();
    }
  }

  @Test
  void aHeaderThatIsTooLongIsAnsweredAndTheConnectionClosed() throws IOException {
    try (Socket socket = connect()) {
      send(socket, "GET /version HTTP/1.1\r\nx: " + "x".repeat(9_000));
      assertThat(restOf(socket)).contains(" 431 ");
    }
    try (Socket socket = connect()) {
      send(socket, "GET /" + "x".repeat(9_000));
      assertThat(restOf(socket)).contains(" 414 ");
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), rpc.port());
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Everything until the server closes the connection. */
  private static String restOf(Socket socket) throws IOException {
    ByteArrayOutputStream heard = new ByteArrayOutputStream();
    try {
      InputStream in = socket.getInputStream();
      in.transferTo(heard);
    } catch (SocketException reset) {
      assertThat(reset).hasMessageContaining("reset");
    }
    return heard.toString(StandardCharsets.ISO_8859_1);
  }

  private static boolean isCutAfter(Socket socket, String text) throws IOException {
    try {
      send(socket, text);
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException open) {
      return false;
    } catch (SocketException stalledClose) {
      return true;
    }
  }
}
