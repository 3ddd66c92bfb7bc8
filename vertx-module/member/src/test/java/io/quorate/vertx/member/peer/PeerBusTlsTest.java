package io.quorate.vertx.member.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.member.tls.TlsFiles;
import io.quorate.vertx.member.tls.TlsLimits;
import io.quorate.vertx.member.tls.TlsMaterial;
import io.quorate.vertx.testing.Certificates;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

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
