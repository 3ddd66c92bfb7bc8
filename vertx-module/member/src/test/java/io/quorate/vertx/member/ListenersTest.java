package io.quorate.vertx.member;

import static io.quorate.vertx.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.options.Options;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.member.tls.TlsFiles;
import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.Certificates;
import io.quorate.vertx.testing.Loopback;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A member with several listeners of each kind; what each of them serves. */
class ListenersTest {
  private static final String RANGE = "/etcdserverpb.KV/Range";

  private final Path directory;
  private final Vertx vertx = Vertx.vertx();
  private final QuorateOptions options;

  @SuppressWarnings("NullAway.Init")
  private HttpClient http1;

  @SuppressWarnings("NullAway.Init")
  private HttpClient http2;

  ListenersTest(@TempDir Path directory) {
    this.directory = directory;
    URI clientUrl = Loopback.url(Loopback.freePort());
    URI peerUrl = Loopback.url(Loopback.freePort());
    options =
        new QuorateOptions()
            .setName("one")
            .setDataDir(directory.resolve("data"))
            .setListenClientUrls(List.of(clientUrl))
            .setAdvertiseClientUrls(List.of(clientUrl))
            .setListenPeerUrls(List.of(peerUrl))
            .setInitialAdvertisePeerUrls(List.of(peerUrl))
            .setHeartbeatIntervalMillis(20)
            .setElectionTimeoutMillis(200)
            .setInitialCluster(Map.of("one", List.of(peerUrl)));
  }

  @BeforeEach
  void open() {
    http1 = vertx.createHttpClient(new HttpClientOptions().setTrustAll(true).setVerifyHost(false));
    http2 =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setTrustAll(true)
                .setVerifyHost(false)
                .setUseAlpn(true)
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false));
  }

  @AfterEach
  void close() {
    Void unused = await(vertx.close());
  }

  private record Answer(int status, String body) {}

  private static SocketAddress addressOf(URI url) {
    return new ClientUrl("", url, List.of()).address();
  }

  private Answer get(URI url, String path) {
    return await(
        http1
            .request(
                new RequestOptions()
                    .setServer(addressOf(url))
                    .setHost("localhost")
                    .setPort(1) // a socket has none, but the client wants one
                    .setSsl(QuorateOptions.isSecure(url))
                    .setURI(path))
            .compose(request -> request.send())
            .compose(
                response ->
                    response
                        .body()
                        .map(body -> new Answer(response.statusCode(), body.toString()))));
  }

  /** The HTTP status of a gRPC call with an empty request. */
  private int call(URI url) {
    return await(
        http2
            .request(
                new RequestOptions()
                    .setServer(addressOf(url))
                    .setHost("localhost")
                    .setPort(1) // a socket has none, but the client wants one
                    .setSsl(QuorateOptions.isSecure(url))
                    .setMethod(HttpMethod.POST)
                    .setURI(RANGE))
            .compose(
                request ->
                    request
                        .putHeader("content-type", "application/grpc")
                        .send(Buffer.buffer(new byte[5])))
            .map(response -> response.statusCode()));
  }

  private void whileRunning(Runnable checks) {
    QuorateServer server = await(QuorateServer.start(options));
    try {
      checks.run();
    } finally {
      Void unused = await(server.close());
    }
  }

  private static URI url(String scheme) {
    return URI.create(scheme + "://127.0.0.1:" + Loopback.freePort());
  }

  private void certificates() throws Exception {
    Certificates certificates = Certificates.shared();
    options.setClientTls(
        new TlsFiles(
            certificates.certificateFile("one"), certificates.keyFile("one"), null, false));
  }

  @Test
  void aMetricsUrlServesHealthChecksAndNothingElse() throws Exception {
    certificates();
    List<URI> urls = List.of(url("http"), url("https"));
    options.setListenMetricsUrls(urls);
    whileRunning(
        () -> {
          for (URI url : urls) {
            assertThat(get(url, "/livez")).isEqualTo(new Answer(200, "ok\n"));
            assertThat(get(url, "/readyz")).isEqualTo(new Answer(200, "ok\n"));
            assertThat(get(url, "/health").body()).contains("\"health\":\"true\"");
            assertThat(get(url, "/metrics"))
                .isEqualTo(new Answer(404, "404 this member serves no metrics\n"));
            assertThat(get(url, "/version").status()).isEqualTo(404);
            assertThat(call(url)).isEqualTo(404);
          }
          assertThat(get(options.getListenClientUrls().get(0), "/version").status()).isEqualTo(200);
        });
  }

  private HttpClientResponse get(URI url, String host, String origin) {
    return await(
        http1
            .request(
                new RequestOptions()
                    .setServer(addressOf(url))
                    .setHost(host)
                    .setPort(url.getPort())
                    .setSsl(QuorateOptions.isSecure(url))
                    .setURI("/version"))
            .compose(request -> request.putHeader("Origin", origin).send()));
  }

  @Test
  void pagesOfOtherOriginsAndUnknownHostNamesAreRefused() throws Exception {
    certificates();
    URI plain = url("http");
    URI secure = url("https");
    options
        .setListenClientUrls(List.of(plain, secure))
        .setAdvertiseClientUrls(List.of(plain))
        .set(Options.CORS, List.of("https://ui.example:443"))
        .set(Options.HOST_WHITELIST, List.of("db.example"));
    whileRunning(
        () -> {
          HttpClientResponse known = get(plain, "db.example", "https://ui.example:443");
          assertThat(known.statusCode()).isEqualTo(200);
          assertThat(known.getHeader("Access-Control-Allow-Origin"))
              .isEqualTo("https://ui.example:443");
          HttpClientResponse other = get(plain, "db.example", "https://evil.example:443");
          assertThat(other.statusCode()).isEqualTo(200);
          assertThat(other.getHeader("Access-Control-Allow-Origin")).isNull();
          assertThat(get(plain, "evil.example", "").statusCode()).isEqualTo(421);
          assertThat(get(secure, "evil.example", "").statusCode()).isEqualTo(200);
          assertThat(call(plain)).as("gRPC has no host names").isEqualTo(200);
        });
  }

  @Test
  void withAUrlForHttpOnlyTheOthersServeGrpcOnly() throws Exception {
    certificates();
    List<URI> both = List.of(url("http"), url("https"));
    List<URI> http = List.of(url("http"), url("https"));
    options.setListenClientUrls(both).setAdvertiseClientUrls(both).setListenClientHttpUrls(http);
    whileRunning(
        () -> {
          for (URI url : both) {
            assertThat(call(url)).isEqualTo(200);
            assertThat(get(url, "/health").status()).isEqualTo(404);
          }
          for (URI url : http) {
            assertThat(call(url)).isEqualTo(404);
            assertThat(get(url, "/version").status()).isEqualTo(200);
          }
        });
  }

  @Test
  void unixSocketsServeClientsWithAndWithoutTls() throws Exception {
    certificates();
    Path plain = directory.resolve("plain.sock");
    Path secure = directory.resolve("secure.sock");
    List<URI> urls = List.of(URI.create("unix://" + plain), URI.create("unixs://" + secure));
    options.setListenClientUrls(urls).setAdvertiseClientUrls(urls);
    for (int start = 1; start <= 2; start++) {
      whileRunning(
          () -> {
            for (URI url : urls) {
              assertThat(call(url)).isEqualTo(200);
              assertThat(get(url, "/version").status()).isEqualTo(200);
            }
          });
      assertThat(plain).doesNotExist();
      assertThat(secure).doesNotExist();
    }
  }

  @Test
  void theFileOfASocketThatNobodyListensOnIsReplacedAndAnyOtherFileIsNot() throws IOException {
    Path file = directory.resolve("left.sock");
    URI url = URI.create("unix://" + file);
    options.setListenClientUrls(List.of(url)).setAdvertiseClientUrls(List.of(url));
    try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      ServerSocketChannel unused = other.bind(UnixDomainSocketAddress.of(file));
      assertRefused(url, "another process listens there");
    }
    assertThat(file).exists();
    whileRunning(() -> assertThat(call(url)).isEqualTo(200));

    Files.writeString(file, "precious");
    assertRefused(url, "the file is no socket");
    assertThat(file).hasContent("precious");
  }

  @Test
  void aRevokedCertificateIsRefusedByEveryListenerAndFromThenOnWhenTheListChanges()
      throws Exception {
    Certificates certificates = Certificates.shared();
    Path clientList = directory.resolve("client.crl");
    Path peerList = directory.resolve("peer.crl");
    Files.copy(certificates.revocationList("ca", "nobody-revoked"), clientList);
    Files.copy(clientList, peerList);
    TlsFiles mutual =
        new TlsFiles(
            certificates.certificateFile("one"),
            certificates.keyFile("one"),
            certificates.certificateFile("ca"),
            true);
    List<URI> grpc = List.of(url("https"), URI.create("unixs://" + directory.resolve("grpc.sock")));
    List<URI> http = List.of(url("https"), URI.create("unixs://" + directory.resolve("http.sock")));
    List<URI> checks = List.of(url("https"));
    URI peer = url("https");
    options
        .setClientTls(mutual.withCrlFile(clientList))
        .setPeerTls(mutual.withCrlFile(peerList))
        .setListenClientUrls(grpc)
        .setAdvertiseClientUrls(grpc)
        .setListenClientHttpUrls(http)
        .setListenMetricsUrls(checks)
        .setListenPeerUrls(List.of(peer))
        .setInitialAdvertisePeerUrls(List.of(peer))
        .setInitialCluster(Map.of("one", List.of(peer)));
    List<URI> all = Stream.of(grpc, http, checks, List.of(peer)).flatMap(List::stream).toList();
    Path revoked = certificates.revocationList("ca", "two-revoked", "two");
    whileRunning(
        () -> {
          for (URI url : all) {
            assertThat(accepts(url, "two")).as("%s before", url).isTrue();
          }
          replace(revoked, clientList);
          replace(revoked, peerList);
          for (URI url : all) {
            Await.untilTrue(url + " refuses it", () -> !accepts(url, "two"));
            assertThat(accepts(url, "client")).as("%s and another", url).isTrue();
          }
        });
  }

  private static void replace(Path source, Path target) {
    try {
      Path whole = target.resolveSibling("whole");
      Files.copy(source, whole, StandardCopyOption.REPLACE_EXISTING);
      Files.move(whole, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Whether a server accepts a client's certificate. With TLS 1.2 that is known as soon as the
   * handshake has ended.
   */
  private boolean accepts(URI url, String name) {
    try {
      NetClient client =
          vertx.createNetClient(
              new NetClientOptions()
                  .setSsl(true)
                  .setTrustAll(true)
                  .setHostnameVerificationAlgorithm("")
                  .setEnabledSecureTransportProtocols(Set.of("TLSv1.2"))
                  .setKeyCertOptions(Certificates.shared().identity(name)));
      return await(
          client
              .connect(addressOf(url))
              .compose(NetSocket::close)
              .transform(done -> client.close().map(closed -> done.succeeded())));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aMemberMakesItsOwnCertificatesIfItIsAskedTo() throws Exception {
    List<URI> clients = List.of(url("https"));
    URI peer = url("https");
    options
        .setListenClientUrls(clients)
        .setAdvertiseClientUrls(clients)
        .setListenPeerUrls(List.of(peer))
        .setInitialAdvertisePeerUrls(List.of(peer))
        .setInitialCluster(Map.of("one", List.of(peer)))
        .set(Options.AUTO_TLS, true)
        .set(Options.PEER_AUTO_TLS, true);
    Path made = directory.resolve("data/fixtures/client/cert.pem");
    whileRunning(() -> assertThat(call(clients.get(0))).isEqualTo(200));
    byte[] first = Files.readAllBytes(made);
    whileRunning(
        () -> {
          HttpClient trusting =
              vertx.createHttpClient(
                  new HttpClientOptions()
                      .setSsl(true)
                      .setTrustOptions(new PemTrustOptions().addCertPath(made.toString())));
          int status =
              await(
                  trusting
                      .request(HttpMethod.GET, clients.get(0).getPort(), "127.0.0.1", "/version")
                      .compose(request -> request.send())
                      .map(response -> response.statusCode()));
          assertThat(status).isEqualTo(200);
        });
    assertThat(made).hasBinaryContent(first);
    assertThat(directory.resolve("data/fixtures/peer/key.pem")).exists();
  }

  private void assertRefused(URI url, String why) {
    assertThatThrownBy(() -> await(QuorateServer.start(options)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("--listen-client-urls=" + url)
        .hasMessageContaining(why);
  }
}
