package io.quorate.vertx.member.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Result;
import io.quorate.vertx.client.proto.rpc.KVGrpcClient;
import io.quorate.vertx.client.proto.rpc.PutRequest;
import io.quorate.vertx.client.proto.rpc.WatchCreateRequest;
import io.quorate.vertx.client.proto.rpc.WatchGrpcClient;
import io.quorate.vertx.client.proto.rpc.WatchRequest;
import io.quorate.vertx.member.grpc.FakeClient;
import io.quorate.vertx.member.grpc.TestRpc;
import io.quorate.vertx.testing.RawHttp2;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.GoAway;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.grpc.common.GrpcStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init")
class ClientEndpointTest {
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private TestRpc rpc;

  @BeforeEach
  void start() {
    rpc = new TestRpc(EndpointOptions.defaults().withMaxConcurrentStreams(50));
  }

  @AfterEach
  void stop() {
    rpc.close();
  }

  @Test
  void grpcAndPlainHttpShareThePort() throws Exception {
    put();
    HttpResponse<String> version = get("/version");
    assertThat(version.statusCode()).isEqualTo(200);
    assertThat(version.headers().firstValue("content-type")).hasValue("application/json");
    assertThat(version.body())
        .isEqualTo("{\"etcdserver\":\"3.7.3\",\"etcdcluster\":\"3.7.0\",\"storage\":\"3.7.0\"}");
    put();
  }

  @Test
  void healthReportsAlarmsFirstThenTheLeaderThenTheRead() throws Exception {
    assertThat(get("/health").body()).isEqualTo("{\"health\":\"true\",\"reason\":\"\"}");

    rpc.store.failure = EtcdError.TIMEOUT.exception();
    assertUnhealthy("/health", "RANGE ERROR:etcdserver: request timed out");
    rpc.store.leader = 0;
    assertUnhealthy("/health", "RAFT NO LEADER");
    assertUnhealthy("/health?serializable=true", "RANGE ERROR:etcdserver: request timed out");
    rpc.store.alarms = List.of(new Result.AlarmMember(1, Command.AlarmType.NOSPACE));
    assertUnhealthy("/health", "ALARM NOSPACE");
    assertUnhealthy("/health?exclude=NOSPACE", "RAFT NO LEADER");
    rpc.store.failure = new IllegalStateException("two\nlines and a \"quote\"");
    assertUnhealthy(
        "/health?serializable=true&exclude=NOSPACE", "RANGE ERROR:two\\nlines and a \\\"quote\\\"");
  }

  private void assertUnhealthy(String path, String reason) throws Exception {
    HttpResponse<String> response = get(path);
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.body()).isEqualTo("{\"health\":\"false\",\"reason\":\"" + reason + "\"}\n");
  }

  @Test
  void livezAndReadyzListTheirChecks() throws Exception {
    assertThat(get("/livez").body()).isEqualTo("ok\n");
    assertThat(get("/livez/serializable_read?verbose").body())
        .isEqualTo("[+]serializable_read ok\nok\n");
    assertThat(get("/readyz?verbose&exclude=non_learner").body())
        .isEqualTo("[+]data_corruption ok\n[+]serializable_read ok\n[+]linearizable_read ok\nok\n");

    rpc.store.alarms =
        List.of(
            new Result.AlarmMember(1, Command.AlarmType.NOSPACE),
            new Result.AlarmMember(1, Command.AlarmType.CORRUPT));
    rpc.store.learner = true;
    HttpResponse<String> failed = get("/readyz");
    assertThat(failed.statusCode()).isEqualTo(503);
    assertThat(failed.body())
        .isEqualTo(
            "[-]data_corruption failed: alarm activated: CORRUPT\n"
                + "[+]serializable_read ok\n"
                + "[+]linearizable_read ok\n"
                + "[-]non_learner failed: not supported for learner\n");
    assertThat(get("/livez").statusCode()).isEqualTo(200);
    assertThat(get("/readyz/linearizable_read").statusCode()).isEqualTo(200);
    rpc.store.failure = EtcdError.TIMEOUT.exception();
    assertThat(get("/livez").body())
        .isEqualTo("[-]serializable_read failed: etcdserver: request timed out\n");
  }

  @Test
  void unknownPathsAreNotFoundAndOtherMethodsAreNotAllowed() throws Exception {
    assertThat(get("/metrics").body()).isEqualTo("404 this member serves no metrics\n");
    HttpResponse<String> missing = get("/nothing");
    assertThat(missing.statusCode()).isEqualTo(404);
    assertThat(missing.body()).isEqualTo("404 page not found\n");
    assertThat(get("/livezz").statusCode()).isEqualTo(404);
    assertThat(get("/readyz/nothing").statusCode()).isEqualTo(404);
    HttpResponse<String> post =
        http.send(
            request("/version").POST(HttpRequest.BodyPublishers.ofString("x")).build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(post.statusCode()).isEqualTo(405);
    assertThat(post.headers().firstValue("allow")).hasValue("GET");
    HttpResponse<String> options =
        http.send(
            request("/v3/kv/put").method("OPTIONS", HttpRequest.BodyPublishers.noBody()).build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(options.statusCode()).isEqualTo(200);
    assertThat(options.headers().firstValue("access-control-allow-origin")).hasValue("*");
  }

  @Test
  void plainRequestsAreAnsweredOverHttp2WithAndWithoutUpgrade() throws Exception {
    java.net.http.HttpClient offering =
        java.net.http.HttpClient.newBuilder()
            .version(java.net.http.HttpClient.Version.HTTP_2)
            .build();
    for (int i = 0; i < 2; i++) { // during the upgrade, then over the upgraded connection
      HttpResponse<String> answer =
          offering.send(request("/version").build(), HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).contains("etcdserver");
    }
    HttpClientConnection knowing = connect();
    int status =
        TestRpc.await(
            knowing
                .request(new io.vertx.core.http.RequestOptions().setURI("/version"))
                .compose(request -> request.send())
                .map(response -> response.statusCode()));
    assertThat(status).isEqualTo(200);
  }

  @Test
  void aMalformedGrpcMessageDoesNotAffectOtherCalls() {
    HttpClientConnection connection = connect();
    var statusOfGarbage =
        TestRpc.await(
            connection
                .request(
                    new io.vertx.core.http.RequestOptions()
                        .setMethod(HttpMethod.POST)
                        .putHeader("content-type", "application/grpc")
                        .setURI("/etcdserverpb.KV/Put"))
                .compose(
                    request ->
                        request.send(
                            Buffer.buffer()
                                .appendByte((byte) 0)
                                .appendInt(3)
                                .appendString("\7\7\7")))
                .map(response -> response.getHeader("grpc-status")));
    assertThat(statusOfGarbage).isEqualTo(GrpcStatus.INTERNAL.toString());
    put();
  }

  @Test
  void garbageOnOneConnectionDoesNotAffectOthers() throws IOException {
    var watch = rpc.open(WatchGrpcClient.Watch);
    watch.send(create());
    watch.next();
    for (String garbage :
        List.of(
            "garbage\r\n\r\n\0\0",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0garbagegarbagegarbage",
            "PRI * HTTP/2.0\r\n\r\nGET / HTTP/1.1",
            "GET / HTTP/9.9\r\n: \r\n\r\n",
            "\0")) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), rpc.port())) {
        OutputStream out = socket.getOutputStream();
        out.write(garbage.getBytes(StandardCharsets.ISO_8859_1));
        socket.shutdownOutput();
        InputStream in = socket.getInputStream();
        socket.setSoTimeout(10_000);
        in.readAllBytes();
      } catch (java.net.SocketException reset) {
        assertThat(reset).hasMessageContaining("reset");
      }
    }
    put();
    assertThat(watch.next().getEventsCount()).isEqualTo(1);
    assertThat(watch.end).isNotDone();
  }

  @Test
  void theBoundOfOpenCallsIsInTheHttp2Settings() {
    HttpClientConnection connection = connect();
    rpc.until(
        "settings have come",
        () ->
            connection.remoteSettings() != null
                && connection.remoteSettings().getMaxConcurrentStreams() == 50);
    assertThat(connection.remoteSettings().getInitialWindowSize()).isEqualTo(1 << 20);
  }

  @Test
  void theBoundOfOpenCallsHoldsForAClientThatDoesNotCareForSettings() throws Exception {
    try (RawHttp2 client = new RawHttp2(rpc.port())) {
      byte[] create = create().toByteArray();
      for (int i = 0; i <= 50; i++) {
        client.call(2 * i + 1, "/etcdserverpb.Watch/Watch", create);
      }
      client.flush();
      assertThat(client.awaitReset()).isEqualTo(101);
      assertThat(client.awaitReset()).as("what follows on that stream ends it all").isZero();
    }
    rpc.until("all channels are closed", () -> rpc.store.channels().isEmpty());
    put();
  }

  @Test
  void aClientThatPingsTooOftenIsDisconnected() throws Exception {
    HttpClientConnection connection = connect();
    CompletableFuture<GoAway> away = new CompletableFuture<>();
    connection.goAwayHandler(away::complete);
    for (int i = 0; i < 6; i++) {
      connection.ping(Buffer.buffer("pingping"));
    }
    GoAway goAway = away.get(20, TimeUnit.SECONDS);
    assertThat(goAway.getErrorCode()).isEqualTo(0x0b);
    assertThat(goAway.getDebugData().toString()).isEqualTo("too_many_pings");
    put();
  }

  @Test
  void aSilentClientThatDoesNotAnswerPingsIsDisconnected() throws Exception {
    try (TestRpc hasty = new TestRpc(EndpointOptions.defaults().withGrpcKeepalive(20, 50));
        RawHttp2 client = new RawHttp2(hasty.port())) {
      client.call(1, "/etcdserverpb.Watch/Watch", create().toByteArray());
      client.ping();
      assertThat(client.awaitPing()).isNotNull();
      assertThat(client.awaitPing()).as("the end of the connection").isNull();
      hasty.until("its streams are gone", () -> hasty.store.channels().isEmpty());
    }
  }

  @Test
  void aSilentClientThatAnswersPingsStaysConnected() throws Exception {
    try (TestRpc hasty = new TestRpc(EndpointOptions.defaults().withGrpcKeepalive(20, 20_000));
        RawHttp2 client = new RawHttp2(hasty.port())) {
      for (int i = 0; i < 3; i++) {
        client.answerPing(Objects.requireNonNull(client.awaitPing(), "the end"));
      }
      client.ping();
    }
  }

  @Test
  void afterTenThousandCancelledStreamsTheConnectionWorksAndHoldsNoMemory() throws Exception {
    try (RawHttp2 client = new RawHttp2(rpc.port())) {
      byte[] create = create().toByteArray();
      for (int i = 0; i < 10_000; i++) {
        int stream = 2 * i + 1;
        client.call(stream, "/etcdserverpb.Watch/Watch", create);
        client.reset(stream);
      }
      client.ping();
    }
    rpc.until("all channels are closed", () -> rpc.store.channels().isEmpty());
    put();
  }

  @Test
  void aCancelledUnaryCallLeavesNothingBehind() throws Exception {
    rpc.store.stuck = true;
    byte[] put = PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("k")).build().toByteArray();
    try (RawHttp2 client = new RawHttp2(rpc.port())) {
      client.call(1, "/etcdserverpb.KV/Put", put);
      client.reset(1);
      client.ping();
      rpc.store.stuck = false;
      client.call(3, "/etcdserverpb.KV/Put", put);
      client.ping();
    }
    put();
  }

  @Test
  void closingEndsStreamsAndRefusesNewCalls() {
    var watch = rpc.open(WatchGrpcClient.Watch);
    watch.send(create());
    watch.next();
    TestRpc.await(rpc.endpoint.close());
    assertThat(watch.end())
        .isEqualTo(new TestRpc.End(GrpcStatus.UNAVAILABLE, "etcdserver: server stopped"));
    assertThat(rpc.store.channels()).isEmpty();
    org.assertj.core.api.Assertions.assertThatThrownBy(
            () -> new Socket(InetAddress.getLoopbackAddress(), rpc.port()).close())
        .isInstanceOf(IOException.class);
  }

  @Test
  void listeningOnAnAddressInUseFails() {
    ClientEndpoint second =
        new ClientEndpoint(rpc.vertx, new FakeClient(), EndpointOptions.defaults());
    try (java.net.ServerSocket taken =
        new java.net.ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var listening =
          second.listen(
              List.of(
                  io.vertx.core.net.SocketAddress.inetSocketAddress(
                      taken.getLocalPort(), "127.0.0.1")));
      rpc.until("listen failed", listening::failed);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private HttpClientConnection connect() {
    return TestRpc.await(
        rpc.vertx
            .createHttpClient(
                new HttpClientOptions()
                    .setProtocolVersion(HttpVersion.HTTP_2)
                    .setHttp2ClearTextUpgrade(false))
            .connect(new HttpConnectOptions().setHost("127.0.0.1").setPort(rpc.port())));
  }

  private void put() {
    rpc.ask(
        KVGrpcClient.Put,
        PutRequest.newBuilder()
            .setKey(ByteString.copyFromUtf8("k"))
            .setValue(ByteString.copyFromUtf8("v"))
            .build());
  }

  private static WatchRequest create() {
    return WatchRequest.newBuilder()
        .setCreateRequest(WatchCreateRequest.newBuilder().setKey(ByteString.copyFromUtf8("k")))
        .build();
  }

  private HttpResponse<String> get(String path) throws Exception {
    return http.send(request(path).GET().build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + rpc.port() + path));
  }
}
