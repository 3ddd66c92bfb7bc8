package io.quorate.vertx.member.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.member.tls.AllowedNames;
import io.quorate.vertx.member.tls.AutoTls;
import io.quorate.vertx.member.tls.TlsFiles;
import io.quorate.vertx.member.tls.TlsLimits;
import io.quorate.vertx.member.tls.TlsMaterial;
import io.quorate.vertx.testing.Certificates;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which peers may use the peer bus, and which reason is reported for the others. */
class PeerBusTlsTest {
  private static final JsonObject QUESTION = new JsonObject().put("n", 1);

  @SuppressWarnings("NullAway.Init")
  private static Certificates certificates;

  private final List<PeerBus> opened = new ArrayList<>();

  @SuppressWarnings("NullAway.Init")
  private URI member;

  @BeforeAll
  static void make() throws Exception {
    certificates = Certificates.shared();
  }

  @BeforeEach
  void start() throws Exception {
    member = freeUrl();
    PeerBus unused = open(member, identity("one", "ca"));
  }

  @AfterEach
  void stop() {
    opened.forEach(bus -> await(bus.close().map(0)));
  }

  private static TlsMaterial identity(String name, String trusted) throws Exception {
    return TlsMaterial.load(
        new TlsFiles(
            certificates.certificateFile(name),
            certificates.keyFile(name),
            certificates.certificateFile(trusted),
            true),
        TlsLimits.DEFAULT);
  }

  private static TlsFiles files(String name) throws Exception {
    return new TlsFiles(
        certificates.certificateFile(name),
        certificates.keyFile(name),
        certificates.certificateFile("ca"),
        true);
  }

  private static TlsMaterial of(TlsFiles files) throws Exception {
    return TlsMaterial.load(files, TlsLimits.DEFAULT);
  }

  private static TlsMaterial allowing(TlsFiles files, AllowedNames names) throws Exception {
    return TlsMaterial.load(files, names, TlsLimits.DEFAULT);
  }

  private PeerBus open(URI here, @Nullable TlsMaterial tls) {
    PeerBus bus =
        await(
            PeerBus.listen(here, here, Map.of("echo", q -> Future.succeededFuture(q.copy())), tls));
    opened.add(bus);
    return bus;
  }

  private static URI freeUrl() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return URI.create("https://127.0.0.1:" + socket.getLocalPort());
    }
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  /** No connection is made, and the caller gets the reason. */
  private void assertRefused(PeerBus bus, String reason) {
    Throwable e =
        await(
            bus.questions()
                .ask(member, "echo", QUESTION, 300)
                .transform(asked -> Future.succeededFuture(asked.cause())));
    assertThat(e).as("the answer").isNotNull();
    assertThat(await(bus.questions().why(member))).contains(reason);
  }

  @Test
  void peersWithACertificateOfTheAuthorityCanTalk() throws Exception {
    PeerBus bus = open(freeUrl(), identity("two", "ca"));
    assertThat(await(bus.questions().ask(member, "echo", QUESTION, 10_000))).isEqualTo(QUESTION);
    assertThat(await(bus.questions().why(member))).isEmpty();
  }

  @Test
  void aCertificateOfAnotherAuthorityIsRefused() throws Exception {
    assertRefused(
        open(freeUrl(), identity("stranger", "ca")), "it refuses the certificate it was shown");
  }

  @Test
  void aPeerThatTrustsAnotherAuthorityCannotTalkAndGetsTheReasonWhenItAsksForMembers()
      throws Exception {
    PeerBus bus = open(freeUrl(), identity("two", "other-ca"));
    assertRefused(bus, "its certificate is not trusted");
    Throwable e =
        await(
            bus.questions()
                .askMembers(member)
                .transform(asked -> Future.succeededFuture(asked.cause())));
    assertThat(e).hasMessageContaining("its certificate is not trusted");
  }

  @Test
  void anExpiredCertificateIsRefused() throws Exception {
    assertRefused(
        open(freeUrl(), identity("former", "ca")), "it refuses the certificate it was shown");
  }

  private void assertCanTalk(PeerBus bus) {
    assertThat(await(bus.questions().ask(member, "echo", QUESTION, 10_000))).isEqualTo(QUESTION);
  }

  private static Path revoking(String name) throws Exception {
    return certificates.revocationList("ca", name + "-revoked", name);
  }

  @Test
  void aRevokedPeerIsRefusedWhicheverSideConnects() throws Exception {
    URI strict = freeUrl();
    PeerBus listening = open(strict, of(files("one").withCrlFile(revoking("two"))));
    PeerBus revoked = open(freeUrl(), identity("two", "ca"));
    member = strict;
    assertRefused(revoked, "it refuses the certificate it was shown");
    URI old = freeUrl();
    PeerBus unused = open(old, identity("two", "ca"));
    member = old;
    assertRefused(listening, "is revoked");
  }

  @Test
  void onlyPeersWithAnAllowedNameAreAccepted() throws Exception {
    URI strict = freeUrl();
    PeerBus byName =
        open(strict, allowing(files("one"), new AllowedNames(List.of("x", "two"), List.of())));
    member = strict;
    assertCanTalk(open(freeUrl(), identity("two", "ca")));
    assertRefused(open(freeUrl(), identity("client", "ca")), "it refuses the certificate");
    URI other = freeUrl();
    PeerBus unused = open(other, identity("client", "ca"));
    member = other;
    assertRefused(byName, "none of the allowed names");

    URI byHost = freeUrl();
    unused =
        open(byHost, allowing(files("one"), new AllowedNames(List.of(), List.of("127.0.0.1"))));
    member = byHost;
    assertCanTalk(open(freeUrl(), identity("two", "ca")));
    assertRefused(open(freeUrl(), identity("client", "ca")), "it refuses the certificate");
  }

  @Test
  void anotherCertificateCanBeShownToTheServersOfOthers() throws Exception {
    Vertx vertx = Vertx.vertx();
    Queue<String> shown = new ConcurrentLinkedQueue<>();
    NetServer server =
        await(
            vertx
                .createNetServer(
                    new NetServerOptions()
                        .setSsl(true)
                        .setKeyCertOptions(certificates.identity("one"))
                        .setTrustOptions(certificates.trust("ca"))
                        .setClientAuth(ClientAuth.REQUIRED))
                .connectHandler(socket -> shown.add(nameOf(socket)))
                .listen(0, "127.0.0.1"));
    PeerBus bus =
        open(
            freeUrl(),
            of(
                files("two")
                    .withClientFiles(
                        certificates.certificateFile("client"), certificates.keyFile("client"))));
    Throwable noAnswer =
        await(
            bus.questions()
                .ask(URI.create("https://127.0.0.1:" + server.actualPort()), "echo", QUESTION, 500)
                .transform(asked -> Future.succeededFuture(asked.cause())));
    assertThat(noAnswer).isNotNull();
    assertThat(shown)
        .as("by the test connection and by the bus")
        .hasSizeGreaterThan(1)
        .containsOnly("CN=client");
    Void unused = await(vertx.close());
  }

  private static String nameOf(NetSocket socket) {
    try {
      return ((X509Certificate) socket.sslSession().getPeerCertificates()[0])
          .getSubjectX500Principal()
          .getName();
    } catch (SSLPeerUnverifiedException e) {
      return "nobody";
    }
  }

  @Test
  void changedCertificatesAreUsedForNewConnectionsInBothDirections() throws Exception {
    URI changing = freeUrl();
    PeerBus bus = open(changing, identity("one", "ca"));
    Void unused = await(bus.update(identity("stranger", "other-ca")));
    member = changing;
    assertRefused(open(freeUrl(), identity("two", "ca")), "its certificate is not trusted");
    URI strangers = freeUrl();
    PeerBus another = open(strangers, identity("stranger", "other-ca"));
    assertCanTalk(another);
    member = strangers;
    assertCanTalk(bus);
  }

  @Test
  void withoutAnAuthorityPeersEncryptAndAcceptAnybody(@TempDir Path directory) throws Exception {
    TlsMaterial own =
        of(AutoTls.files(directory.resolve("own"), List.of("h"), 1, Clock.systemUTC()))
            .trustingAnyServer();
    TlsMaterial other =
        of(AutoTls.files(directory.resolve("other"), List.of("h"), 1, Clock.systemUTC()))
            .trustingAnyServer();
    URI url = freeUrl();
    PeerBus unused = open(url, own);
    member = url;
    assertCanTalk(open(freeUrl(), other));
    assertRefused(open(freeUrl(), null), "it speaks TLS, and this process does not");
    assertRefused(
        open(
            freeUrl(),
            of(AutoTls.files(directory.resolve("own"), List.of(), 1, Clock.systemUTC()))),
        "its certificate is not trusted");
  }

  @Test
  void aBusListensOnSeveralAddressesWithOnePolicy() throws Exception {
    URI first = freeUrl();
    URI second = freeUrl();
    TlsMaterial strict = allowing(files("one"), new AllowedNames(List.of("two"), List.of()));
    opened.add(await(PeerBus.listen(List.of(first, second), first, Map.of(), strict)));
    PeerBus allowed = open(freeUrl(), identity("two", "ca"));
    PeerBus other = open(freeUrl(), identity("client", "ca"));
    for (URI url : List.of(first, second)) {
      assertThat(await(allowed.questions().why(url))).isEmpty();
      assertThat(await(other.questions().why(url))).contains("it refuses the certificate");
    }
  }

  @Test
  void aPeerWithoutTlsIsRefused() throws Exception {
    assertRefused(open(freeUrl(), null), "it speaks TLS, and this process does not");
  }

  @Test
  void aPeerWithoutTlsIsNotConnectedTo() throws Exception {
    URI plain = freeUrl();
    PeerBus unused = open(plain, null);
    PeerBus bus = open(freeUrl(), identity("two", "ca"));
    member = plain;
    assertRefused(bus, "it may not speak TLS");
  }

  @Test
  void noReasonIsGivenIfNobodyListens() throws Exception {
    PeerBus bus = open(freeUrl(), identity("two", "ca"));
    assertThat(await(bus.questions().why(freeUrl()))).isEmpty();
  }
}
