package io.quorate.vertx.member.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.member.grpc.FakeClient;
import io.quorate.vertx.member.tls.AllowedNames;
import io.quorate.vertx.member.tls.TlsFiles;
import io.quorate.vertx.member.tls.TlsLimits;
import io.quorate.vertx.member.tls.TlsLimits.TlsVersion;
import io.quorate.vertx.member.tls.TlsMaterial;
import io.quorate.vertx.testing.Certificates;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The client port with TLS; the protocols on top of it are tested elsewhere. */
class TlsEndpointTest {
  /** Only for tests in which nothing is sent: on a busy machine a handshake takes longer. */
  private static final int SILENT_MILLIS = 300;

  @SuppressWarnings("NullAway.Init")
  private static Certificates certificates;

  private final Vertx vertx = Vertx.vertx();
  private int handshakeMillis = EndpointOptions.DEFAULT_HANDSHAKE_TIMEOUT_MILLIS;

  @SuppressWarnings("NullAway.Init")
  private ClientEndpoint endpoint;

  @BeforeAll
  static void make() throws Exception {
    certificates = Certificates.shared();
  }

  @AfterEach
  void stop() {
    await(endpoint.close().eventually(vertx::close).map(0));
  }

  private static TlsFiles files(String name) throws Exception {
    return new TlsFiles(
        certificates.certificateFile(name), certificates.keyFile(name), null, false);
  }

  private void start(TlsFiles files, TlsLimits limits) throws Exception {
    start(TlsMaterial.load(files, limits));
  }

  private void start(TlsMaterial tls) {
    endpoint =
        new ClientEndpoint(
            vertx,
            new FakeClient(),
            EndpointOptions.defaults().withHandshakeTimeout(handshakeMillis));
    await(
        endpoint
            .listenOn(
                List.of(
                    new ClientEndpoint.Listener(
                        SocketAddress.inetSocketAddress(0, "127.0.0.1"), tls, Faces.ALL)))
            .map(0));
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private static HttpClientOptions trusting(HttpVersion version) throws Exception {
    return new HttpClientOptions()
        .setSsl(true)
        .setUseAlpn(true)
        .setProtocolVersion(version)
        .setTrustOptions(certificates.trust("ca"));
  }

  private record Answer(HttpVersion version, String body, String server) {}

  private Future<Answer> get(HttpClientOptions options) {
    HttpClient client = vertx.createHttpClient(options);
    return client
        .request(HttpMethod.GET, endpoint.ports().get(0), "127.0.0.1", "/version")
        .compose(request -> request.send().compose(TlsEndpointTest::answer))
        .eventually(client::close);
  }

  private static Future<Answer> answer(HttpClientResponse response) {
    String server;
    try {
      X509Certificate shown =
          (X509Certificate) response.request().connection().peerCertificates().get(0);
      server = shown.getSubjectX500Principal().getName();
    } catch (SSLException e) {
      return Future.failedFuture(e);
    }
    return response
        .body()
        .map(Buffer::toString)
        .map(b -> new Answer(response.version(), b, server));
  }

  private Throwable failure(HttpClientOptions options) {
    return await(get(options).transform(r -> Future.succeededFuture(r.cause())));
  }

  @ParameterizedTest
  @EnumSource(
      value = HttpVersion.class,
      names = {"HTTP_1_1", "HTTP_2"})
  void plainEndpointsAreServedOverHttp1AndHttp2(HttpVersion version) throws Exception {
    start(files("one"), TlsLimits.DEFAULT);
    Answer answer = await(get(trusting(version)));
    assertThat(answer.version()).isEqualTo(version);
    assertThat(answer.body()).contains("etcdserver");
  }

  @Test
  void anUnencryptedRequestIsNotAnswered() throws Exception {
    start(files("one"), TlsLimits.DEFAULT);
    assertThat(failure(new HttpClientOptions())).isNotNull();
  }

  @Test
  void aTrustedAuthorityMakesClientCertificatesMandatory() throws Exception {
    start(files("one").withTrustedCaFile(certificates.certificateFile("ca")), TlsLimits.DEFAULT);
    assertThat(failure(trusting(HttpVersion.HTTP_2))).isNotNull();
    HttpClientOptions stranger = trusting(HttpVersion.HTTP_2);
    stranger.setKeyCertOptions(certificates.identity("stranger"));
    assertThat(failure(stranger)).isNotNull();
    HttpClientOptions known = trusting(HttpVersion.HTTP_2);
    known.setKeyCertOptions(certificates.identity("client"));
    assertThat(await(get(known)).body()).contains("etcdserver");
  }

  @Test
  void newConnectionsGetTheNewCertificate() throws Exception {
    start(files("one"), TlsLimits.DEFAULT);
    assertThat(await(get(trusting(HttpVersion.HTTP_2))).server()).isEqualTo("CN=one");
    await(endpoint.update(TlsMaterial.load(files("two"), TlsLimits.DEFAULT)).map(0));
    assertThat(await(get(trusting(HttpVersion.HTTP_2))).server()).isEqualTo("CN=two");
  }

  private static HttpClientOptions identified(String name) throws Exception {
    HttpClientOptions options = trusting(HttpVersion.HTTP_2);
    options.setKeyCertOptions(certificates.identity(name));
    return options;
  }

  @Test
  void aRevokedClientCertificateIsRefusedFromTheNextConnectionOn() throws Exception {
    TlsFiles mutual = files("one").withTrustedCaFile(certificates.certificateFile("ca"));
    start(mutual, TlsLimits.DEFAULT);
    assertThat(await(get(identified("client"))).body()).contains("etcdserver");
    Path list = certificates.revocationList("ca", "client-revoked", "client");
    await(endpoint.update(TlsMaterial.load(mutual.withCrlFile(list), TlsLimits.DEFAULT)).map(0));
    assertThat(failure(identified("client"))).isNotNull();
    assertThat(await(get(identified("two"))).body()).contains("etcdserver");
  }

  @Test
  void onlyClientCertificatesForAnAllowedHostAreAccepted() throws Exception {
    start(
        TlsMaterial.load(
            files("one").withTrustedCaFile(certificates.certificateFile("ca")),
            new AllowedNames(List.of(), List.of("db.example.com", "127.0.0.1")),
            TlsLimits.DEFAULT));
    assertThat(await(get(identified("two"))).body()).contains("etcdserver");
    assertThat(failure(identified("client"))).as("for no host").isNotNull();
  }

  /** The full size is set by hand: -Dquorate.silentConnects=10000. */
  @Test
  void connectionsWithoutATlsHandshakeAreClosedHoweverManyThereAre() throws Exception {
    handshakeMillis = SILENT_MILLIS;
    start(files("one"), TlsLimits.DEFAULT);
    List<Socket> silent = new ArrayList<>();
    try {
      for (int i = 0; i < Integer.getInteger("quorate.silentConnects", 300); i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), endpoint.ports().get(0));
        silent.add(socket);
        socket.setSoTimeout(20_000);
      }
      for (Socket socket : silent) {
        assertThat(endOf(socket)).isEqualTo(-1);
      }
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
  }

  @Test
  void aTlsVersionBelowTheMinimumIsRefused() throws Exception {
    start(files("one"), TlsLimits.DEFAULT.withMin(TlsVersion.TLS1_3));
    HttpClientOptions old = trusting(HttpVersion.HTTP_2);
    old.setEnabledSecureTransportProtocols(Set.of("TLSv1.2"));
    assertThat(failure(old)).isInstanceOf(SSLException.class);
    assertThat(await(get(trusting(HttpVersion.HTTP_2))).body()).contains("etcdserver");
  }

  @Test
  void onlyTheConfiguredCipherSuitesAreUsed() throws Exception {
    String chosen = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
    start(
        files("one"),
        TlsLimits.DEFAULT.withMax(TlsVersion.TLS1_2).withCipherSuites(List.of(chosen)));
    assertThat(await(get(trusting(HttpVersion.HTTP_2))).body()).contains("etcdserver");
    HttpClientOptions other = trusting(HttpVersion.HTTP_2);
    other.addEnabledCipherSuite("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
    assertThat(failure(other)).isInstanceOf(SSLException.class);
  }

  @Test
  void aConnectionWithoutATlsHandshakeIsClosed() throws Exception {
    handshakeMillis = SILENT_MILLIS;
    start(files("one"), TlsLimits.DEFAULT);
    try (Socket idle = new Socket(InetAddress.getLoopbackAddress(), endpoint.ports().get(0))) {
      idle.setSoTimeout(20_000);
      assertThat(endOf(idle)).isEqualTo(-1);
    }
  }

  private static int endOf(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read();
    } catch (SocketException reset) {
      return -1;
    }
  }
}
