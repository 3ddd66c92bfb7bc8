package io.quorate.vertx.member.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.member.grpc.FakeClient;
import io.quorate.vertx.member.grpc.TestRpc;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FacesTest {
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() {
    Void unused = TestRpc.await(vertx.close());
  }

  private int status(HttpClient client, int port, HttpMethod method, String path) {
    return TestRpc.await(
        client
            .request(method, port, "127.0.0.1", path)
            .compose(
                request ->
                    request
                        .putHeader("content-type", "application/grpc")
                        .send(Buffer.buffer(new byte[5])))
            .map(response -> response.statusCode()));
  }

  @Test
  void aListenerServesOnlyTheFacesItWasGiven() {
    ClientEndpoint endpoint =
        new ClientEndpoint(vertx, new FakeClient(), EndpointOptions.defaults());
    Void unused =
        TestRpc.await(
            endpoint.listenOn(
                List.of(listener(Faces.ALL), listener(List.of(Faces.PLAIN)), listener(List.of()))));
    HttpClient client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false));
    String range = "/etcdserverpb.KV/Range";
    int all = endpoint.ports().get(0);
    int plain = endpoint.ports().get(1);
    int nothing = endpoint.ports().get(2);
    assertThat(status(client, all, HttpMethod.POST, range)).isEqualTo(200);
    assertThat(status(client, plain, HttpMethod.POST, range)).isEqualTo(404);
    assertThat(status(client, plain, HttpMethod.GET, "/version")).isEqualTo(200);
    assertThat(status(client, nothing, HttpMethod.POST, range)).isEqualTo(404);
    assertThat(status(client, nothing, HttpMethod.GET, "/version")).isEqualTo(404);
    unused = TestRpc.await(endpoint.close());
  }

  private static ClientEndpoint.Listener listener(List<Face.Maker> faces) {
    return new ClientEndpoint.Listener(
        SocketAddress.inetSocketAddress(0, "127.0.0.1"), null, faces);
  }
}
